import { randomUUID } from 'node:crypto';
import { mainProgram } from '#shared/domain/earning/program.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { slices } from '#shared/domain/slices.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { defineScripts } from '../driver/define-scripts.ts';
import { balancePrefix, boardPrefix, snapshotChannel } from '../driver/keys.ts';
import { withRedis } from '../driver/redis-availability.ts';
import beginRound from '../scripts/begin-round-1.lua';
import fillBuffer from '../scripts/fill-buffer-2.lua';
import buffers from '../scripts/includes/buffers.lua';
import lease from '../scripts/includes/lease.lua';
import mergeSlice from '../scripts/merge-slice-1.lua';
import publishSnapshot from '../scripts/publish-snapshot-1.lua';

type RoundBase = Readonly<{ board: Board; token: string; buffer: string }>;

/** A round that brings the inactive buffer up to date with what changed. */
export type IncrementalRound = RoundBase &
  Readonly<{
    kind: 'incremental';
    /** In the order to merge them. */
    sources: string[];
    /**
     * Whether it finishes a round that crashed: its snapshot has the changes until that one began
     * and no later ones.
     */
    isResumed: boolean;
  }>;

/** A round that fills an empty buffer from Postgres. */
export type FullRound = RoundBase & Readonly<{ kind: 'full'; runId: string }>;

/** The lease to build a board's next snapshot, for one process at a time. */
export type Round = IncrementalRound | FullRound;

/** Which round is requested; without a usable snapshot every round is a full one. */
export type RoundMode = Round['kind'] | 'if-changed';

/** A snapshot as it was published. */
export type PublishedSnapshot = Readonly<{
  snapshotId: number;
  customers: number;
  changed: number;
  takenAt: Date;
}>;

/**
 * The steps of building a snapshot. Each one is atomic, may be repeated, and does nothing once the
 * round has lost its lease to another one ('lost'), which then continues from there.
 */
export type RankRounds = Readonly<{
  /**
   * Takes over the changes noted so far; 'busy' while another round of the board runs. With
   * 'if-changed', a board that did not change since its snapshot is 'idle': nothing was begun.
   */
  begin: (board: Board, mode: RoundMode, now: Date) => Promise<Round | 'busy' | 'idle'>;
  /** Merges one source into the round's buffer, slice by slice. */
  merge: (round: IncrementalRound, source: string) => Promise<'merged' | 'lost'>;
  /**
   * Places balances in the round's buffer and on the live board; returns those that the cache does
   * not know yet.
   */
  fill: (round: FullRound, balances: readonly Balance[]) => Promise<readonly Balance[] | 'lost'>;
  /** Shows the round's buffer to readers and ends the round. */
  publish: (round: Round, now: Date) => Promise<PublishedSnapshot | 'lost'>;
}>;

type Options = Readonly<{
  /**
   * A round without a step for this long has crashed. Longer than Postgres takes to sort ten
   * million balances.
   */
  leaseMs?: number;
  /**
   * Members per command: 250 take about 1 ms on a board of a million, and no other client is served
   * meanwhile.
   */
  sliceMax?: number;
}>;

/** What the scripts answer when the lease is gone. */
const lostReply = -1;

/** Builds snapshots: the writing side of the boards. */
export const rankRounds = (
  redis: RedisConnection,
  { leaseMs = 60_000, sliceMax = 250 }: Options = {},
): RankRounds => {
  const context = { scripts: scriptsOf(redis), leaseMs, sliceMax };
  return {
    begin: (board, mode, now) => withRedis(() => begin(context, { board, mode, now })),
    merge: (round, source) => withRedis(() => merge(context, round, source)),
    fill: (round, balances) => withRedis(() => fill(context, round, balances)),
    publish: (round, now) => withRedis(() => publish(context, round, now)),
  };
};

const scriptsOf = (redis: RedisConnection) =>
  defineScripts(redis, {
    beginRound: { lua: buffers + beginRound, numberOfKeys: 1 },
    mergeSlice: { lua: buffers + lease + mergeSlice, numberOfKeys: 1 },
    fillBuffer: { lua: buffers + lease + fillBuffer, numberOfKeys: 2 },
    publishSnapshot: { lua: buffers + lease + publishSnapshot, numberOfKeys: 1 },
  });

type Context = Required<Options> & Readonly<{ scripts: ReturnType<typeof scriptsOf> }>;
type RoundRequest = Readonly<{ board: Board; mode: RoundMode; now: Date }>;

const begin = async ({ scripts, leaseMs }: Context, { board, mode, now }: RoundRequest) => {
  const token = randomUUID();
  const reply = await scripts.beginRound(
    boardPrefix(board),
    token,
    leaseMs,
    now.getTime(),
    board.tiePolicy,
    mode,
  );
  return toRound(board, token, reply as BeginReply);
};

/**
 * One slice after the other, never pipelined: Redis would run the whole pipeline before it lets a
 * reader in.
 */
const merge = async (
  { scripts, leaseMs, sliceMax }: Context,
  { board, token, buffer }: IncrementalRound,
  source: string,
) => {
  let start = 0;
  let merged: number;
  do {
    const reply = await scripts.mergeSlice(
      boardPrefix(board),
      token,
      leaseMs,
      buffer,
      source,
      start,
      sliceMax,
    );
    merged = Number(reply);
    start += merged;
  } while (merged === sliceMax);
  return merged === lostReply ? 'lost' : 'merged';
};

const fill = async (
  { scripts, leaseMs, sliceMax }: Context,
  { board, token, buffer }: FullRound,
  balances: readonly Balance[],
) => {
  const outdated = new Set<string>();
  for (const slice of slices(balances, sliceMax)) {
    const reply = await scripts.fillBuffer(
      boardPrefix(board),
      balancePrefix(board.tenantId, mainProgram),
      token,
      leaseMs,
      buffer,
      ...slice.flatMap(({ customerId, points, version, reachedAt }) => [
        customerId,
        points,
        version,
        reachedAt.getTime(),
      ]),
    );
    if (reply === lostReply) return 'lost';
    for (const customerId of reply as string[]) outdated.add(customerId);
  }
  return balances.filter(({ customerId }) => outdated.has(customerId));
};

const publish = async ({ scripts }: Context, round: Round, now: Date) => {
  const runId = round.kind === 'full' ? round.runId : '';
  const reply = await scripts.publishSnapshot(
    boardPrefix(round.board),
    round.token,
    round.buffer,
    now.getTime(),
    snapshotChannel,
    runId,
  );
  if (reply === lostReply) return 'lost';
  const [snapshotId, customers, changed, takenAt] = reply as [number, number, number, number];
  return { snapshotId, customers, changed, takenAt: new Date(takenAt) };
};

type BeginReply =
  | readonly ['busy']
  | readonly ['idle']
  | readonly ['full', buffer: string, runId: string]
  | readonly ['incremental' | 'resumed', buffer: string, ...sources: string[]];

const toRound = (board: Board, token: string, reply: BeginReply): Round | 'busy' | 'idle' => {
  if (reply[0] === 'busy' || reply[0] === 'idle') return reply[0];
  const [kind, buffer, ...rest] = reply;
  return kind === 'full'
    ? { kind, board, token, buffer, runId: rest[0] ?? '' }
    : {
        kind: 'incremental',
        board,
        token,
        buffer,
        sources: rest,
        isResumed: kind === 'resumed',
      };
};
