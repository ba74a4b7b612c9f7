import { z } from 'zod';
import type { EarningTerms } from '#shared/domain/points/earning-rule.ts';
import type { StoredVersion } from '#shared/stores/postgres/stored-version.ts';
import { shownInstant } from '../fields.ts';
import { nextCursor } from '../parameters.ts';
import { showVersion, versionFields } from '../versions/version-answer.ts';
import { ruleTerms, shownTerms } from './rule-document.ts';

/** A version of an earning rule. */
export const ruleAnswer = z
  .object({
    ...versionFields,
    validUntil: shownInstant
      .nullable()
      .describe('Does not apply to orders placed at or after this time'),
    currency: z.string(),
    terms: ruleTerms,
  })
  .meta({ id: 'Rule' });

/** A page of rule versions. */
export const rulesAnswer = z
  .object({ rules: z.array(ruleAnswer), nextCursor })
  .meta({ id: 'Rules' });

/** Shows a rule version as of an instant. */
export const showRule = (
  stored: StoredVersion<EarningTerms>,
  now: Date,
): z.input<typeof ruleAnswer> => ({
  ...showVersion(stored, now),
  validUntil: stored.validUntil?.toISOString() ?? null,
  currency: stored.currency ?? '',
  terms: shownTerms(stored.terms),
});
