import type { Board } from '#shared/domain/ranks/board.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { BalanceReader } from '#shared/stores/postgres/ledger/balance-reader.ts';
import type { BalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import type {
  FullRound,
  IncrementalRound,
  PublishedSnapshot,
  RankRounds,
  Round,
  RoundMode,
} from '#shared/stores/redis/ranks/rank-rounds.ts';

export type RebuildDependencies = Readonly<{
  rounds: RankRounds;
  /** The truth, for full rounds. */
  truth: BalanceReader;
  cache: BalanceCache;
  clock: Clock;
}>;

type BoardRequest = Readonly<{
  board: Board;
  mode: RoundMode;
  /**
   * All boards of the tenant: what a full round finds missing in Redis is missing on each of them.
   */
  siblings: readonly Board[];
}>;

export type Rebuilt =
  | Readonly<{ kind: 'busy' | 'idle' }>
  | Readonly<{ kind: 'published'; mode: Round['kind']; snapshot: PublishedSnapshot }>;

/** Balances fetched from Postgres at once: larger chunks are no faster, only larger. */
const chunkMax = 2_000;

/**
 * Publishes a board's next snapshot, complete or not at all, with all changes until now. It may
 * crash or be overtaken at any point: the next run continues from there, and no recorded change is
 * lost. Returns the outcome of each round: the snapshot of one that crashed lacks what came after
 * it, so another round follows. `busy` means that another run is at it, or has taken over; `idle`,
 * that nothing changed since the last snapshot.
 */
export const rebuildBoard = async (
  dependencies: RebuildDependencies,
  request: BoardRequest,
): Promise<readonly Rebuilt[]> => {
  const { rounds, clock } = dependencies;
  const round = await rounds.begin(request.board, request.mode, clock());
  if (round === 'busy' || round === 'idle') return [{ kind: round }];

  const built =
    round.kind === 'full'
      ? await fillFromTruth(dependencies, round, request.siblings)
      : await mergeChanges(rounds, round);
  const snapshot = built ? await rounds.publish(round, clock()) : 'lost';
  if (snapshot === 'lost') return [{ kind: 'busy' }];

  const published: Rebuilt = { kind: 'published', mode: round.kind, snapshot };
  const isResumed = round.kind === 'incremental' && round.isResumed;
  return isResumed ? [published, ...(await rebuildBoard(dependencies, request))] : [published];
};

const mergeChanges = async (rounds: RankRounds, round: IncrementalRound): Promise<boolean> => {
  for (const source of round.sources) {
    if ((await rounds.merge(round, source)) === 'lost') return false;
  }
  return true;
};

const fillFromTruth = async (
  { rounds, truth, cache }: RebuildDependencies,
  round: FullRound,
  siblings: readonly Board[],
): Promise<boolean> => {
  for await (const balances of truth.stream(round.board.tenantId, chunkMax)) {
    const missed = await rounds.fill(round, balances);
    if (missed === 'lost') return false;
    await cache.writeThrough(missed, () => siblings);
  }
  return true;
};
