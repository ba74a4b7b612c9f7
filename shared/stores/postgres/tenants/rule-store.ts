import { assert } from '#shared/domain/assert.ts';
import type { EarningRule, EarningTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import type { Sql } from '../driver/connect.ts';
import type { StoredVersion } from './stored-version.ts';
import { toEarningTerms } from './tenant-store.ts';
import { type VersionStore, versionStore } from './version-store.ts';

/** The versions of a program's earning rules. */
export type RuleStore = VersionStore<EarningTerms>;

/** Manages earning rules; tenantStore finds what is activated here. */
export const ruleStore = (sql: Sql): RuleStore =>
  versionStore(sql, { kind: 'rules', toTerms: toEarningTerms });

/** Returns the rule that a version is from `validFrom` on. */
export const toEarningRule = (
  { terms, version, currency, validUntil }: StoredVersion<EarningTerms>,
  validFrom: Date,
): EarningRule => {
  assert(currency, 'a rule is for a currency');
  return { ...terms, version, currency, validFrom, ...(validUntil && { validUntil }) };
};
