import type { LimitScope, SubjectCaps } from './caps.ts';

/** What an incentive counts for once it is issued, and no more once it is reversed. */
export type Countable = Readonly<{
  incentiveId: string;
  /** The local day of the tenant on which it counts. */
  day: string;
  /** What it gives; a coupon gives no amount. */
  amount: Readonly<{ unit: string; value: number }> | undefined;
  /** Everything that it counts for, capped or not. */
  subjects: Readonly<Record<LimitScope, string>>;
}>;

/** One incentive to be counted, if its caps have room. */
export type LimitRequest = Countable &
  Readonly<{
    /** The caps that it must not exceed, in the order in which they are checked. */
    caps: readonly SubjectCaps[];
  }>;
