import type { TiePolicy } from './board.ts';
import { rankSlice } from './rank-slice.ts';
import type { RankedCustomer } from './ranked-customer.ts';
import type { Standing } from './standing.ts';

/**
 * Ranks a whole board: points descending; with equal points, on an ordinal board the one who
 * reached them first, and then, as on every board, by customer id descending. The twin of the Redis
 * scripts: what they answer is a part of this.
 */
export const rankBoard = (
  standings: readonly Standing[],
  tiePolicy: TiePolicy,
  before?: readonly RankedCustomer[],
): readonly RankedCustomer[] => {
  const ranksBefore = new Map(before?.map(({ customerId, rank }) => [customerId, rank]));
  const rows = standings.toSorted(orderOf(tiePolicy)).map(({ customerId, points }) => ({
    customerId,
    points,
    rankBefore: ranksBefore.get(customerId),
  }));
  return rankSlice({
    tiePolicy,
    customers: rows.length,
    position: 0,
    firstRank: 1,
    behind: 0,
    rows,
  });
};

const orderOf =
  (tiePolicy: TiePolicy) =>
  (one: Standing, other: Standing): number =>
    other.points - one.points ||
    (tiePolicy === 'ordinal' ? one.reachedAt.getTime() - other.reachedAt.getTime() : 0) ||
    (one.customerId < other.customerId ? 1 : -1);
