import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board, TiePolicy } from '#shared/domain/ranks/board.ts';
import { rankBoard } from '#shared/domain/ranks/rank-board.ts';
import { runs } from '#shared/testing/runs.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { testBalance } from '#shared/testing/worlds/balances.ts';
import { balanceCache } from '../balances/balance-cache.ts';
import { type RankCursor, rankReader } from './rank-reader.ts';
import { type FullRound, rankRounds } from './rank-rounds.ts';

const redis = await testRedisClient();
const cache = balanceCache(redis);
const rounds = rankRounds(redis);
const reader = rankReader(redis);
beforeEach(() => redis.flushdb());

const now = new Date('2026-11-21T10:00:00Z');
const boardOf = (tiePolicy: TiePolicy): Board => ({ tenantId: 't1', board: 'main', tiePolicy });
const board = boardOf('competition');

const balanceOf = (customerId: string, points: number, second = 0) =>
  testBalance({
    ...{ tenantId: 't1', customerId, points },
    reachedAt: new Date(1_700_000_000_000 + second * 1000),
  });

const publish = async (of: Board, balances: readonly Balance[]): Promise<void> => {
  const round = (await rounds.begin(of, 'full', now)) as FullRound;
  if (balances.length > 0) await rounds.fill(round, balances);
  await rounds.publish(round, now);
};

/** All pages of a board, one after the other. */
const pages = async (limit: number, from?: RankCursor): Promise<string[][]> => {
  const view = await reader.page(board, { limit, after: from, live: false });
  const page = view?.rows.map(({ customerId }) => customerId) ?? [];
  return view?.next === undefined ? [page] : [page, ...(await pages(limit, view.next))];
};

const anyBoard = fc.uniqueArray(
  fc.record({ id: fc.stringMatching(/^[!-~]{1,6}$/), points: fc.nat(3), second: fc.nat(2) }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 25 },
);

describe.each<TiePolicy>(['competition', 'dense', 'ordinal'])('a %s board', (policy) => {
  it('returns every page and every neighbourhood as a part of the whole ranking', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyBoard,
        fc.integer({ min: 1, max: 9 }),
        fc.nat(4),
        async (rows, limit, k) => {
          await redis.flushdb();
          const balances = rows.map(({ id, points, second }) => balanceOf(id, points, second));
          await publish(boardOf(policy), balances);
          const whole = rankBoard(balances, policy);
          for (let from = 0, next: RankCursor | undefined; from < whole.length; from += limit) {
            const view = await reader.page(board, { limit, after: next, live: false });
            expect(view?.rows).toEqual(whole.slice(from, from + limit));
            next = view?.next;
            expect(next === undefined).toBe(from + limit >= whole.length);
          }
          for (const [index, { customerId }] of whole.entries()) {
            const query = { customerId, neighbours: k, live: false };
            const view = await reader.customer(board, query);
            expect(view).toMatchObject({
              rows: whole.slice(Math.max(0, index - k), index + k + 1),
            });
          }
        },
      ),
      { numRuns: runs(20) },
    );
  });
});

describe('rankReader', () => {
  it('has nothing before the first snapshot, not even a live board', async () => {
    await cache.writeThrough([balanceOf('a', 1)], () => [board]);
    expect(await reader.page(board, { limit: 5, live: false })).toBeUndefined();
    expect(await reader.page(board, { limit: 5, live: true })).toBeUndefined();
    const query = { customerId: 'a', neighbours: 2, live: false };
    expect(await reader.customer(board, query)).toBeUndefined();
  });

  it('gives an empty page of an empty board', async () => {
    await publish(board, []);
    const view = await reader.page(board, { limit: 5, live: false });
    expect(view).toMatchObject({ snapshotId: 1, customers: 0, rows: [], next: undefined });
  });

  it('counts the customers without reading any', async () => {
    await publish(board, [balanceOf('a', 1), balanceOf('b', 2)]);
    const view = await reader.page(board, { limit: 0, live: false });
    expect(view).toMatchObject({ customers: 2, rows: [], takenAt: now });
  });

  it('recognizes a customer who is not on the board', async () => {
    await publish(board, [balanceOf('a', 1)]);
    const query = { customerId: 'b', neighbours: 2, live: false };
    expect(await reader.customer(board, query)).toBe('unknown-customer');
  });

  it('continues after the same place when a snapshot comes between two pages', async () => {
    const tied = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => balanceOf(id, 10));
    await publish(board, tied);
    const first = await reader.page(board, { limit: 3, live: false });
    expect(first?.rows.map(({ customerId }) => customerId)).toEqual(['g', 'f', 'e']);

    // e, from which the cursor was made, leaves the tie; d2 comes after its place, f2 before.
    const others = tied.filter(({ customerId }) => customerId !== 'e');
    await publish(board, [...others, balanceOf('e', 99), balanceOf('d2', 10), balanceOf('f2', 10)]);
    expect(await pages(10, first?.next)).toEqual([['d2', 'd', 'c', 'b', 'a']]);
  });

  it('finds the place of a cursor whose points nobody has any longer', async () => {
    await publish(board, [balanceOf('a', 30), balanceOf('b', 10)]);
    expect(await pages(10, { points: 20, member: 'x' })).toEqual([['b']]);
    expect(await pages(10, { points: 99, member: 'x' })).toEqual([['a', 'b']]);
    expect(await pages(10, { points: -5, member: 'x' })).toEqual([[]]);
  });

  it('keeps points exact up to 2^53 and below zero', async () => {
    const points = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 0, -7];
    await publish(
      board,
      points.map((value, index) => balanceOf(`c-${index}`, value)),
    );
    const view = await reader.page(board, { limit: 9, live: false });
    expect(view?.rows.map((row) => row.points)).toEqual(points);
    expect(view?.rows.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  });

  it('counts the movement of a live board from the published snapshot', async () => {
    await publish(board, [balanceOf('a', 3), balanceOf('b', 2)]);
    await cache.writeThrough([{ ...balanceOf('b', 5), version: 2 }], () => [board]);
    const view = await reader.page(board, { limit: 9, live: true });
    expect(view?.rows.map(({ customerId, movement }) => [customerId, movement])).toEqual([
      ['b', 1],
      ['a', -1],
    ]);
  });
});
