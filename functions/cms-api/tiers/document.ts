import { z } from 'zod';
import type { Tier, TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import { currencyCode } from '#shared/eventing/contracts/fields.ts';
import { line, strict, whole } from '#shared/runtime/http/body/body-fields.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import type { LadderTerms } from '#shared/stores/postgres/tenants/ladder-store.ts';
import type { StoredVersion } from '#shared/stores/postgres/tenants/stored-version.ts';
import { byKind, crossChecked, firstRepeat, type Issue, listOf, oneOf } from '../fields.ts';
import { multiplierBp } from '../rules/document.ts';
import { showVersion, versionFields } from '../versions/document.ts';

const tier = strict({
  name: line(64),
  threshold: whole(1).describe('Minimum value of the metric for this tier'),
  multiplierBp,
});

const contradictionsOf = (tiers: readonly Tier[]): readonly Issue[] => {
  const repeat = firstRepeat(tiers.map(({ name }) => name));
  return [
    ...tiers.flatMap(({ threshold }, index) => {
      const before = tiers[index - 1]?.threshold;
      return before === undefined || threshold > before
        ? []
        : [{ path: [index, 'threshold'], message: `must be above ${before}` }];
    }),
    ...(repeat === undefined
      ? []
      : [{ path: [repeat, 'name'], message: 'duplicates an earlier entry' }]),
  ];
};

const tiers = listOf(tier, { atLeast: 1, atMost: 20 })
  .check(crossChecked(contradictionsOf))
  .describe('Ascending by threshold. Below the first there is no tier and the multiplier is 1');

/** The document of a ladder of tiers, as it is saved and shown. Its output is stored as it is. */
const ladderTerms = strict({
  metric: oneOf('earned', 'spend').describe(
    'Points earned, or minor units spent in the currency; both net of refunds',
  ),
  currency: currencyCode.describe('Currency of the orders that count as spend'),
  window: byKind('lifetime, rolling or calendar-year', [
    strict({ kind: z.literal('lifetime') }),
    strict({
      kind: z.literal('rolling'),
      days: whole(1, 366).describe('Number of local days, including today'),
    }),
    strict({ kind: z.literal('calendar-year') }),
  ]).describe('Period over which the metric is computed'),
  tiers,
  graceDays: whole(0, 3_650).describe(
    'Local days that a customer keeps the tier after falling below its threshold',
  ),
  downgrade: oneOf('never', 'one-level', 'to-metric').describe(
    'How a customer is downgraded: never, one tier at a time, or to the tier the metric reaches',
  ),
  noticeDays: whole(0, 365).describe('Days before a downgrade at which the customer is notified'),
}).meta({ id: 'TierTerms' }) satisfies z.ZodType<Omit<TierLadder, 'version' | 'validFrom'>>;

/** The body that makes a new version of a program's tiers. */
export const newLadder = strict({ terms: ladderTerms }).meta({ id: 'NewTiers' });

/** A version of a program's tiers. */
export const ladderAnswer = z
  .object({ ...versionFields, terms: ladderTerms })
  .meta({ id: 'Tiers' });

/** A page of versions of tiers. */
export const laddersAnswer = z
  .object({ tiers: z.array(ladderAnswer), nextCursor })
  .meta({ id: 'TiersPage' });

/** Shows a version of tiers as of an instant. */
export const showLadder = (
  stored: StoredVersion<LadderTerms>,
  now: Date,
): z.input<typeof ladderAnswer> => ({
  ...showVersion(stored, now),
  terms: { ...stored.terms, tiers: [...stored.terms.tiers] },
});
