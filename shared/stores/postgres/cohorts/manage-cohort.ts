import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from '../driver/connect.ts';
import { recordChange } from '../journal/record-change.ts';
import {
  type CohortKey,
  type CohortRecord,
  type CountedCohort,
  lockCohort,
  readCohort,
} from './cohort-rows.ts';

/** The outcome of a change to a cohort; undefined if it does not exist. */
export type CohortUpdate = Readonly<
  { kind: 'changed'; cohort: CountedCohort } | { kind: 'stale' | 'other-kind' }
>;

/** What uses a cohort, so that it cannot be deleted. */
export type CohortRemoval = Readonly<
  | { kind: 'deleted' }
  | { kind: 'in-use'; campaigns: readonly string[]; programs: readonly string[] }
>;

export type CohortTerms = Pick<CohortRecord, 'name' | 'description'> &
  Partial<Pick<CohortRecord, 'definition' | 'rules'>>;

/** Who changes a cohort, and when it takes effect. */
export type CohortEdit = Readonly<{ at: Date; subject: string }>;

type Update = Readonly<{
  terms: CohortTerms;
  change: CohortEdit & Readonly<{ ifRevision: string }>;
}>;

/**
 * Replaces name, description, definition and rules, unless the cohort changed meanwhile. Another
 * definition is computed from the start; other rules apply to later actions.
 */
export const updateCohort = async (
  tx: Transaction,
  key: CohortKey,
  { terms, change: { at, subject, ifRevision } }: Update,
): Promise<CohortUpdate | undefined> => {
  const before = await lockCohort(tx, key);
  if (before === undefined) return undefined;
  if (!isSameKind(terms, before)) return { kind: 'other-kind' };
  if (!isDeepStrictEqual(shownTerms(terms), shownTerms(before))) {
    if (ifRevision !== String(before.revision)) return { kind: 'stale' };
    await replaceTerms(tx, before, terms);
    const resource = `cohorts/${before.cohort}`;
    const recorded = { tenantId: key.tenantId, subject, resource, before: shownTerms(before) };
    await recordChange(tx, { ...recorded, action: 'cohort.updated', after: shownTerms(terms) });
  }
  const cohort = await readCohort(tx, key, at);
  return cohort && { kind: 'changed', cohort };
};

const isSameKind = (one: CohortTerms, other: CohortTerms): boolean =>
  (one.definition === undefined) === (other.definition === undefined) &&
  (one.rules === undefined) === (other.rules === undefined);

const shownTerms = ({ name, description, definition, rules }: CohortTerms) => ({
  name,
  description,
  definition,
  rules,
});

const replaceTerms = async (
  tx: Transaction,
  { cohortId, definition: before }: CohortRecord,
  { name, description, definition, rules }: CohortTerms,
): Promise<void> => {
  await tx`
    update cohorts set name = ${name}, description = ${description ?? null}, revision = revision + 1,
      rules = ${rules === undefined ? null : JSON.stringify(rules)}::text::jsonb
    where cohort_id = ${cohortId}`;
  if (isDeepStrictEqual(definition, before)) return;
  await tx`
    update cohorts set definition = ${JSON.stringify(definition)}::text::jsonb, due_at = now()
    where cohort_id = ${cohortId}`;
  await tx`
    update cohort_changes set status = 'DISCARDED'
    where cohort_id = ${cohortId} and kind = 'RECOMPUTATION' and status in ('STAGING', 'READY')`;
};

/** Deletes a cohort unless something uses it. */
export const deleteCohort = async (
  tx: Transaction,
  key: CohortKey,
  { at, subject }: CohortEdit,
): Promise<CohortRemoval | undefined> => {
  const { tenantId } = key;
  const before = await lockCohort(tx, key);
  if (before === undefined) return undefined;
  const { cohort, name, kind } = before;
  const [users] = await tx<[{ campaigns: string[]; programs: string[] }]>`
    select
      array(select campaign_id::text from campaigns
        where tenant_id = ${tenantId} and cohort = ${cohort} and status <> 'ENDED' order by 1 limit 10) as campaigns,
      array(select distinct program from earning_rules, jsonb_array_elements(terms->'promotions') promotion
        where tenant_id = ${tenantId} and promotion->>'cohort' = ${cohort}
          and (promotion->>'until')::timestamptz > ${at} order by 1 limit 10) as programs`;
  if (users.campaigns.length > 0 || users.programs.length > 0) return { kind: 'in-use', ...users };
  await tx`update cohorts set deleted_at = now() where cohort_id = ${key.cohortId}`;
  const resource = `cohorts/${cohort}`;
  const change = { tenantId, subject, resource, before: { name, kind } };
  await recordChange(tx, { ...change, action: 'cohort.deleted' });
  return { kind: 'deleted' };
};
