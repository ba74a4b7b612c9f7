import type { TiePolicy } from '#shared/domain/ranks/board.ts';
import { rankSlice } from '#shared/domain/ranks/rank-slice.ts';
import type { RankedCustomer } from '#shared/domain/ranks/ranked-customer.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { defineScripts } from '../driver/define-scripts.ts';
import { type BoardName, boardPrefix } from '../driver/keys.ts';
import { withRedis } from '../driver/redis-availability.ts';
import buffers from '../scripts/includes/buffers.lua';
import slices from '../scripts/includes/slices.lua';
import readCustomer from '../scripts/read-customer-1.lua';
import readPage from '../scripts/read-page-1.lua';

/** A place in a board's order; it stays meaningful from one snapshot to the next. */
export type RankCursor = Readonly<{ points: number; member: string }>;

/** Neighbouring customers of a board, all as of one moment. */
export type RankView = Readonly<{
  tiePolicy: TiePolicy;
  snapshotId: number;
  /** All changes up to this instant are in the snapshot. */
  takenAt: Date;
  /** All customers on the board. */
  customers: number;
  rows: readonly RankedCustomer[];
  /** Where the next page begins; undefined after the last customer. */
  next: RankCursor | undefined;
}>;

type PageQuery = Readonly<{ limit: number; after?: RankCursor | undefined; live: boolean }>;
type CustomerQuery = Readonly<{ customerId: string; neighbours: number; live: boolean }>;

export type RankReader = Readonly<{
  /** A page in rank order; undefined when the board has no snapshot. */
  page: (board: BoardName, query: PageQuery) => Promise<RankView | undefined>;
  /** A customer among the neighbours; undefined when the board has no snapshot. */
  customer: (
    board: BoardName,
    query: CustomerQuery,
  ) => Promise<RankView | 'unknown-customer' | undefined>;
}>;

/**
 * Reads boards: the published snapshot, or with `live` the board as of now, whose movement is
 * counted from the published snapshot. Each answer is read atomically, never half from one snapshot
 * and half from the next.
 */
export const rankReader = (redis: RedisConnection): RankReader => {
  const scripts = defineScripts(redis, {
    readPage: { lua: buffers + slices + readPage, numberOfKeys: 1 },
    readCustomer: { lua: buffers + slices + readCustomer, numberOfKeys: 1 },
  });
  const sourceOf = (live: boolean) => (live ? 'live' : 'snapshot');

  return {
    page: (board, { limit, after, live }) =>
      withRedis(async () => {
        const cursor = after === undefined ? ['', ''] : [after.points, after.member];
        const reply = await scripts.readPage(boardPrefix(board), sourceOf(live), limit, ...cursor);
        return reply === null ? undefined : toView(reply as SliceReply);
      }),

    customer: (board, { customerId, neighbours, live }) =>
      withRedis(async () => {
        const reply = await scripts.readCustomer(
          boardPrefix(board),
          sourceOf(live),
          customerId,
          neighbours,
        );
        if (reply === unknownCustomer) return 'unknown-customer';
        return reply === null ? undefined : toView(reply as SliceReply);
      }),
  };
};

/** What read-customer answers when the board does not have the customer. */
const unknownCustomer = -1;

type SliceReply = readonly [
  tiePolicy: TiePolicy,
  snapshotId: number,
  takenAtMs: number,
  customers: number,
  position: number,
  firstRank: number,
  behind: number,
  lastMember: string,
  customerIds: readonly string[],
  points: readonly string[],
  ranksBefore: readonly number[],
];

const toView = (reply: SliceReply): RankView => {
  const [tiePolicy, snapshotId, takenAtMs, customers, position, firstRank, behind, ...rest] = reply;
  const [lastMember, customerIds, points, ranksBefore] = rest;
  const rows = customerIds.map((customerId, index) => ({
    customerId,
    points: Number(points[index]),
    rankBefore: ranksBefore[index] === 0 ? undefined : ranksBefore[index],
  }));
  const last = rows.at(-1);
  const isEnd = last === undefined || position + rows.length >= customers;
  return {
    tiePolicy,
    snapshotId,
    takenAt: new Date(takenAtMs),
    customers,
    rows: rankSlice({ tiePolicy, customers, position, firstRank, behind, rows }),
    next: isEnd ? undefined : { points: last.points, member: lastMember },
  };
};
