import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board, TiePolicy } from '#shared/domain/ranks/board.ts';
import { BoardTwin } from '#shared/domain/ranks/board-twin.ts';
import { runs } from '#shared/testing/runs.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { testBalance } from '#shared/testing/worlds/balances.ts';
import { balanceCache } from '../balances/balance-cache.ts';
import { subscriberOf } from '../driver/connect.ts';
import { boardPrefix, snapshotChannel } from '../driver/keys.ts';
import { rankReader } from './rank-reader.ts';
import { type FullRound, type IncrementalRound, type Round, rankRounds } from './rank-rounds.ts';

const redis = await testRedisClient();
const cache = balanceCache(redis);
// Slices of three, so that a handful of customers already makes several.
const rounds = rankRounds(redis, { sliceMax: 3 });
const reader = rankReader(redis);
beforeEach(() => redis.flushdb());

const now = new Date('2026-11-21T10:00:00Z');
const boardOf = (tiePolicy: TiePolicy): Board => ({ tenantId: 't1', board: 'main', tiePolicy });

const balanceOf = (customer: number, version: number, points: number) =>
  testBalance({
    ...{ tenantId: 't1', customerId: `c-${customer}`, points, version },
    // Few instants, so that customers tie in time too.
    reachedAt: new Date(1_700_000_000_000 + (version % 4) * 1000),
  });

const anyBalance = fc
  .tuple(fc.nat(7), fc.integer({ min: 1, max: 30 }), fc.nat(4))
  .map((parts) => balanceOf(...parts));

const acts = ['begin', 'half', 'work', 'publish', 'wholeRound', 'crash', 'wantFull'] as const;
const anyStep = fc.oneof(
  { weight: 60, arbitrary: fc.record({ act: fc.constant('write' as const), balance: anyBalance }) },
  {
    weight: 10,
    arbitrary: fc.record({ act: fc.constant('commit' as const), balance: anyBalance }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ act: 'flush' as const }) },
  { weight: 90, arbitrary: fc.record({ act: fc.constantFrom(...acts) }) },
);

/** Takes the scripts and the twin through the same steps. */
class Pair {
  private readonly board: Board;
  private readonly twin: BoardTwin;
  private readonly truth = new Map<string, Balance>();
  private round: Round | undefined;
  private worked = false;

  constructor(policy: TiePolicy) {
    this.board = boardOf(policy);
    this.twin = new BoardTwin(policy);
  }

  /** Postgres has it; its write-through is in flight, or lost. */
  commit(balance: Balance): void {
    const known = this.truth.get(balance.customerId);
    if (known === undefined || known.version < balance.version)
      this.truth.set(balance.customerId, balance);
  }

  async write(balance: Balance): Promise<void> {
    this.commit(balance);
    await cache.writeThrough([balance], () => [this.board]);
    this.twin.write(balance);
  }

  async begin(mode: Round['kind'] = 'incremental'): Promise<void> {
    const round = await rounds.begin(this.board, mode, now);
    if (this.round !== undefined) {
      expect(round).toBe('busy');
      return;
    }
    expect(round).toMatchObject({ kind: this.twin.begin() });
    this.round = round as Round;
    this.worked = false;
  }

  /** Requested while another round runs, of either kind, it is not lost: the next round is full. */
  async wantFull(): Promise<void> {
    this.twin.wantFull();
    await this.begin('full');
  }

  /** A round may crash between its sources; one that goes on merges them in their order. */
  async half(): Promise<void> {
    if (this.round?.kind !== 'incremental') return;
    this.worked = false;
    await rounds.merge(this.round, this.round.sources[0]!);
  }

  async work(): Promise<void> {
    this.worked = true;
    if (this.round?.kind === 'incremental')
      for (const source of this.round.sources) await rounds.merge(this.round, source);
    if (this.round?.kind !== 'full') return;
    const truth = [...this.truth.values()];
    const outdated = await rounds.fill(this.round, truth);
    await cache.writeThrough(outdated as readonly Balance[], () => [this.board]);
    this.twin.fill(truth);
  }

  async publish(): Promise<void> {
    if (this.round === undefined || !this.worked) return;
    expect(await rounds.publish(this.round, now)).not.toBe('lost');
    this.twin.publish();
    this.round = undefined;
  }

  async wholeRound(): Promise<void> {
    if (this.round !== undefined) return;
    await this.begin();
    await this.work();
    await this.publish();
  }

  async crash(): Promise<void> {
    await redis.del(`${boardPrefix(this.board)}:lease`);
    this.round = undefined;
    this.twin.crash();
  }

  async flush(): Promise<void> {
    await redis.flushdb();
    this.round = undefined;
    this.twin.flush();
  }

  async compare(): Promise<void> {
    const query = { limit: 100, live: false };
    const published = await reader.page(this.board, query);
    expect(published?.rows).toEqual(this.twin.published());
    if (published === undefined) return;
    const live = await reader.page(this.board, { ...query, live: true });
    expect(live?.rows).toEqual(this.twin.current());
  }
}

describe.each<TiePolicy>(['competition', 'dense', 'ordinal'])('a %s board', (policy) => {
  it('answers as its twin after any writes, rounds, crashes and flushes in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { size: 'max', maxLength: 100 }), async (steps) => {
        await redis.flushdb();
        const pair = new Pair(policy);
        for (const step of steps) {
          if ('balance' in step) await pair[step.act](step.balance);
          else await pair[step.act]();
          await pair.compare();
        }
      }),
      { numRuns: runs(35) },
    );
  });
});

describe('a round', () => {
  const board = boardOf('competition');
  const write = (balance: Balance) => cache.writeThrough([balance], () => [board]);
  const begin = async (mode: Round['kind'] = 'incremental', from = board) => {
    const round = await rounds.begin(from, mode, now);
    if (round === 'busy' || round === 'idle') throw new Error(round);
    return round;
  };
  const run = async (round: Round, truth: readonly Balance[] = []) => {
    if (round.kind === 'full') await rounds.fill(round, truth);
    else for (const source of round.sources) await rounds.merge(round, source);
    return rounds.publish(round, now);
  };
  const expireLease = () => redis.del(`${boardPrefix(board)}:lease`);

  it('returns what it published', async () => {
    expect(await run(await begin(), [balanceOf(1, 1, 5), balanceOf(2, 1, 6)])).toEqual({
      snapshotId: 1,
      customers: 2,
      changed: 2,
      takenAt: now,
    });
    await write(balanceOf(1, 2, 9));
    expect(await run(await begin())).toMatchObject({ snapshotId: 2, customers: 2, changed: 1 });
    expect(await run(await begin())).toMatchObject({ snapshotId: 3, customers: 2, changed: 0 });
  });

  it('is announced to all listeners', async () => {
    const listener = subscriberOf(redis);
    await listener.subscribe(snapshotChannel);
    const heard = new Promise((resolve) => listener.once('message', (_, text) => resolve(text)));
    await run(await begin());
    expect(await heard).toBe('board:{t1}:main');
    listener.disconnect();
  });

  it('can do nothing once another round has its lease', async () => {
    const first = await begin();
    const truth = [balanceOf(1, 1, 5)];
    await expireLease();
    const second = await begin();
    expect(await rounds.fill(first as FullRound, truth)).toBe('lost');
    expect(await rounds.publish(first, now)).toBe('lost');
    expect(await run(second, truth)).toMatchObject({ snapshotId: 1, customers: 1 });

    await run(await begin());
    const late = (await begin()) as IncrementalRound;
    await expireLease();
    const owner = await begin();
    expect(await rounds.merge(late, late.sources[0]!)).toBe('lost');
    expect(await rounds.publish(late, now)).toBe('lost');
    expect(await run(owner)).toMatchObject({ snapshotId: 3 });
  });

  it('goes to one of many that begin at once', async () => {
    const begun = await Promise.all(
      Array.from({ length: 8 }, () => rounds.begin(board, 'incremental', now)),
    );
    expect(begun.filter((round) => round !== 'busy')).toHaveLength(1);
  });

  it('keeps the instant of the takeover when a later one finishes it', async () => {
    await run(await begin());
    await write(balanceOf(1, 1, 5));
    await begin();
    await expireLease();
    const resumed = (await rounds.begin(
      board,
      'incremental',
      new Date(now.getTime() + 60_000),
    )) as Round;
    expect(resumed).toMatchObject({ isResumed: true });
    expect(await run(resumed)).toMatchObject({ takenAt: now, changed: 1 });
    expect(await begin()).toMatchObject({ isResumed: false });
  });

  it('never takes a live board back to what a stream of Postgres had read before', async () => {
    const round = await begin();
    await write(balanceOf(1, 2, 9));
    await run(round, [balanceOf(1, 1, 5)]);
    const pointsOf = async (live: boolean) =>
      (await reader.page(board, { limit: 1, live }))?.rows.map(({ points }) => points);
    expect(await pointsOf(false)).toEqual([5]);
    expect(await pointsOf(true)).toEqual([9]);
    await run(await begin());
    expect(await pointsOf(false)).toEqual([9]);
  });

  it.each<[TiePolicy, string[]]>([
    ['competition', []],
    ['dense', [':scores']],
    ['ordinal', [':members']],
  ])('leaves nothing of its own behind on a %s board', async (policy, parts) => {
    const own = boardOf(policy);
    const writeOne = (version: number) =>
      cache.writeThrough([balanceOf(1, version, version)], () => [own]);
    await writeOne(1);
    await run(await begin('full', own), [balanceOf(1, 1, 1)]);
    for (const version of [2, 3, 4]) {
      await writeOne(version);
      await run(await begin('incremental', own));
    }
    await run(await begin('incremental', own));
    const keys = (await redis.keys('board:*')).map((key) => key.replace('board:{t1}:main', ''));
    const buffers = [':a', ':b', ':live'].flatMap((name) => [
      name,
      ...parts.map((part) => name + part),
    ]);
    expect(keys.toSorted()).toEqual([...buffers, ':meta'].toSorted());
  });

  it.each(['incremental', 'full'] as const)(
    'is full after a request that came while a %s round was running, and only once',
    async (running) => {
      await run(await begin());
      const round = await begin(running);
      expect(await rounds.begin(board, 'full', now)).toBe('busy');
      await run(round);
      const requested = await begin();
      expect(requested.kind).toBe('full');
      await run(requested);
      expect(await begin()).toMatchObject({ kind: 'incremental' });
    },
  );

  it('is full again when the full round that was requested crashed', async () => {
    await run(await begin());
    await begin('full');
    await expireLease();
    expect(await begin()).toMatchObject({ kind: 'full' });
  });

  it('is full in another Redis process, where writes may be lost', async () => {
    await run(await begin());
    expect(await begin()).toMatchObject({ kind: 'incremental' });
    await expireLease();
    await redis.hset(`${boardPrefix(board)}:meta`, 'runId', 'another');
    expect(await begin()).toMatchObject({ kind: 'full' });
  });

  it('rebuilds the board when its tie policy changed, also for writers that were not notified', async () => {
    const truth = [balanceOf(1, 1, 5), balanceOf(2, 2, 5)];
    const ordinal = boardOf('ordinal');
    await cache.writeThrough(truth, () => [board]);
    await run(await begin(), truth);
    const round = await begin('incremental', ordinal);
    await write(balanceOf(3, 3, 5));
    await run(round, truth);
    await run(await begin('incremental', ordinal));
    for (const live of [true, false]) {
      const view = await reader.page(ordinal, { limit: 10, live });
      expect(view?.tiePolicy).toBe('ordinal');
      expect(view?.rows.map(({ rank, customerId }) => [rank, customerId])).toEqual([
        [1, 'c-1'],
        [2, 'c-2'],
        [3, 'c-3'],
      ]);
    }
  });
});
