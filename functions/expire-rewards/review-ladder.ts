import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import type { LadderReviews } from '#shared/stores/postgres/tenants/ladder-reviews.ts';
import type { Due } from '#shared/stores/postgres/tenants/tier-store.ts';
import { itemsMax, untilNoneIsDue } from './until-none-is-due.ts';

type Shift = Readonly<{ now: Date; isOver: () => boolean; thorough: boolean }>;

type Work = Readonly<{
  tenantId: string;
  program: string;
  ladder: TierLadder;
  /** Reviews one page of wallets. */
  review: (due: Due) => Promise<Readonly<{ found: number; last: string | undefined }>>;
}>;

/**
 * For half a minute after a version takes effect, pods may still apply the one before; this is
 * twice as long.
 */
const staleMs = 60_000;

/**
 * Reviews every wallet of a program once under its ladder, page by page, from where the last shift
 * stopped. A pass that begins while pods may still apply the ladder before is not recorded, so that
 * the next one looks at all wallets again.
 */
export const reviewLadder = async (
  { ladderReviews }: Readonly<{ ladderReviews: LadderReviews }>,
  { tenantId, program, ladder, review }: Work,
  shift: Shift,
): Promise<void> => {
  const key = { tenantId, program, version: ladder.version };
  const since = new Date(ladder.validFrom.getTime() + staleMs);
  const isRecorded = shift.now >= since;
  if (shift.thorough) await ladderReviews.restart(key);
  const { hasEnded, after: start } = await ladderReviews.find(key);
  if (hasEnded) return;
  let after = isRecorded ? start : '';
  await untilNoneIsDue(shift, async () => {
    const { found, last } = await review({ due: 'ladder', since, after });
    after = last ?? after;
    const hasMore = found >= itemsMax;
    if (isRecorded) await ladderReviews.save(key, { after, hasEnded: !hasMore });
    return hasMore;
  });
};
