import { describe, expect, it, vi } from 'vitest';
import type { RankReader, RankView } from '#shared/stores/redis/ranks/rank-reader.ts';
import type { SnapshotNotices } from '#shared/stores/redis/ranks/snapshot-notices.ts';
import { cachedReader } from './cached-reader.ts';

const board = { tenantId: 't1', board: 'main' };
const query = { limit: 10, live: false };
const view = (snapshotId: number): RankView => ({
  tiePolicy: 'competition',
  snapshotId,
  takenAt: new Date(0),
  customers: 0,
  rows: [],
  next: undefined,
});

/** A reader whose snapshot and notices the test controls. */
const setUp = () => {
  const state = { snapshotId: 1, generation: 'a', listening: true, ready: true };
  const reader = {
    page: vi.fn<RankReader['page']>(() =>
      Promise.resolve(state.ready ? view(state.snapshotId) : undefined),
    ),
    customer: vi.fn<RankReader['customer']>(() => Promise.resolve('unknown-customer' as const)),
  };
  const notices: SnapshotNotices = {
    generation: () => state.generation,
    isListening: () => state.listening,
    close: () => Promise.resolve(),
  };
  return { state, reader, cached: cachedReader(reader, notices) };
};

/** Requests twice at the same time: one read, whose result is cached. */
const twice = <Answer>(ask: () => Promise<Answer>): Promise<Answer[]> =>
  Promise.all([ask(), ask()]);

describe('cachedReader', () => {
  it('caches what is requested again, not what is requested once', async () => {
    const { reader, cached } = setUp();
    await cached.page(board, query);
    await cached.page(board, query);
    expect(reader.page).toHaveBeenCalledTimes(2);
    await cached.page(board, query);
    await cached.page(board, query);
    expect(reader.page).toHaveBeenCalledTimes(2);
  });

  it('reads once for many requests, concurrent or later', async () => {
    const { reader, cached } = setUp();
    await twice(() => cached.page(board, query));
    await cached.page(board, query);
    expect(reader.page).toHaveBeenCalledTimes(1);
  });

  it('distinguishes boards, queries and customers', async () => {
    const { reader, cached } = setUp();
    const customer = (customerId: string) =>
      twice(() => cached.customer(board, { customerId, neighbours: 2, live: false }));
    await twice(() => cached.page(board, query));
    await twice(() => cached.page({ ...board, tenantId: 't2' }, query));
    await twice(() => cached.page(board, { ...query, limit: 11 }));
    await twice(() => cached.page(board, { ...query, after: { points: 1, member: 'x' } }));
    expect(reader.page).toHaveBeenCalledTimes(4);
    await customer('a');
    await customer('b');
    await customer('b');
    expect(reader.customer).toHaveBeenCalledTimes(2);
  });

  it('drops a board when its next snapshot is announced', async () => {
    const { state, cached } = setUp();
    await twice(() => cached.page(board, query));
    Object.assign(state, { snapshotId: 2, generation: 'b' });
    expect(await cached.page(board, query)).toMatchObject({ snapshotId: 2 });
  });

  it('never returns what was read before an announcement after it', async () => {
    const { state, reader, cached } = setUp();
    const slow = Promise.withResolvers<RankView>();
    reader.page.mockReturnValueOnce(slow.promise);
    const first = twice(() => cached.page(board, query));
    Object.assign(state, { snapshotId: 2, generation: 'b' });
    slow.resolve(view(1));
    expect(await first).toMatchObject([{ snapshotId: 1 }, { snapshotId: 1 }]);
    expect(await cached.page(board, query)).toMatchObject({ snapshotId: 2 });
  });

  it('caches an answer for only a second while no notices arrive', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    let now = 1_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const wait = (ms: number) => {
      now += ms;
      vi.advanceTimersByTime(ms);
    };
    const { state, reader, cached } = setUp();
    state.listening = false;
    await twice(() => cached.page(board, query));
    wait(900);
    await cached.page(board, query);
    expect(reader.page).toHaveBeenCalledTimes(1);
    wait(200);
    await cached.page(board, query);
    expect(reader.page).toHaveBeenCalledTimes(2);
    clock.mockRestore();
    vi.useRealTimers();
  });

  it('never caches a live answer', async () => {
    const { reader, cached } = setUp();
    await twice(() => cached.page(board, { ...query, live: true }));
    await cached.page(board, { ...query, live: true });
    expect(reader.page).toHaveBeenCalledTimes(3);
  });

  it('caches neither a missing snapshot nor a failure', async () => {
    const { state, reader, cached } = setUp();
    state.ready = false;
    expect(await cached.page(board, query)).toBeUndefined();
    reader.page.mockRejectedValueOnce(new Error('away'));
    await expect(cached.page(board, query)).rejects.toThrow('away');
    state.ready = true;
    expect(await cached.page(board, query)).toMatchObject({ snapshotId: 1 });
  });
});
