import type { TiePolicy } from './board.ts';
import { percentile } from './percentile.ts';
import type { RankedCustomer } from './ranked-customer.ts';

type SliceRow = Readonly<{
  customerId: string;
  points: number;
  /** The rank in the snapshot before; undefined when there is none. */
  rankBefore: number | undefined;
}>;

/** Neighbouring rows of a board in order, with what cannot be seen from the rows themselves. */
export type BoardSlice = Readonly<{
  tiePolicy: TiePolicy;
  /** All customers on the board. */
  customers: number;
  /** How many customers come before the first row. */
  position: number;
  firstRank: number;
  /** Customers with fewer points than the last row. */
  behind: number;
  rows: readonly SliceRow[];
}>;

/** Ranks the rows of a slice exactly as if the whole board had been ranked. */
export const rankSlice = (slice: BoardSlice): readonly RankedCustomer[] => {
  const ranks = ranksAlong(slice);
  const behind = behindAlong(slice);
  return slice.rows.map(({ customerId, points, rankBefore }, index) => {
    const rank = ranks[index] ?? 0;
    return {
      rank,
      customerId,
      points,
      movement: rankBefore === undefined ? null : rankBefore - rank,
      percentile: percentile(behind[index] ?? 0, slice.customers),
    };
  });
};

const ranksAlong = ({ tiePolicy, position, firstRank, rows }: BoardSlice): readonly number[] => {
  let rank = firstRank;
  return rows.map(({ points }, index) => {
    const ties = points === rows[index - 1]?.points;
    if (index > 0) rank = nextRank[tiePolicy]({ rank, ties, ordinal: position + index + 1 });
    return rank;
  });
};

type Step = Readonly<{ rank: number; ties: boolean; ordinal: number }>;

const nextRank: Readonly<Record<TiePolicy, (step: Step) => number>> = {
  competition: ({ rank, ties, ordinal }) => (ties ? rank : ordinal),
  dense: ({ rank, ties }) => (ties ? rank : rank + 1),
  ordinal: ({ ordinal }) => ordinal,
};

/** Everyone after a row has fewer points, unless the next row ties with it. */
const behindAlong = ({ customers, position, behind, rows }: BoardSlice): readonly number[] => {
  let fewer = behind;
  return rows
    .toReversed()
    .map(({ points }, fromEnd) => {
      const nextIndex = rows.length - fromEnd;
      const next = rows[nextIndex];
      if (next !== undefined && next.points !== points) fewer = customers - position - nextIndex;
      return fewer;
    })
    .reverse();
};
