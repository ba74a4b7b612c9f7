import type { TiePolicy } from './board.ts';
import type { BoardEntry } from './board-entry.ts';
import { rankSlice } from './rank-slice.ts';
import type { RankedCustomer } from './ranked-customer.ts';

/**
 * Ranks a whole board: points descending; with equal points, on an ordinal board the one who
 * reached them first, and then, as on every board, by customer id descending. The twin of the Redis
 * scripts: what they answer is a part of this.
 */
export const rankBoard = (
  entries: readonly BoardEntry[],
  tiePolicy: TiePolicy,
  before?: readonly RankedCustomer[],
): readonly RankedCustomer[] => {
  const ranksBefore = new Map(before?.map(({ customerId, rank }) => [customerId, rank]));
  const rows = entries.toSorted(orderOf(tiePolicy)).map(({ customerId, points }) => ({
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
  (one: BoardEntry, other: BoardEntry): number =>
    other.points - one.points ||
    (tiePolicy === 'ordinal' ? one.reachedAt.getTime() - other.reachedAt.getTime() : 0) ||
    (one.customerId < other.customerId ? 1 : -1);
