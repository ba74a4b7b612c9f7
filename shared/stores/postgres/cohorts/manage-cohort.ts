import type { Transaction } from '../driver/connect.ts';
import { recordChange } from '../journal/record-change.ts';
import {
  type CohortKey,
  type CohortRecord,
  type CountedCohort,
  lockCohort,
  readCohort,
} from './cohort-rows.ts';

/** What became of a change to a cohort; undefined where it does not exist. */
export type CohortUpdate = Readonly<{ kind: 'changed'; cohort: CountedCohort } | { kind: 'stale' }>;

/** What uses a cohort, so that it cannot be deleted. */
export type CohortRemoval = Readonly<
  | { kind: 'deleted' }
  | { kind: 'in-use'; campaigns: readonly string[]; programs: readonly string[] }
>;

export type CohortTerms = Pick<CohortRecord, 'name' | 'description'>;
/** Who changes a cohort, and when it takes effect. */
export type CohortChange = Readonly<{ at: Date; subject: string }>;

type Update = Readonly<{
  terms: CohortTerms;
  change: CohortChange & Readonly<{ ifRevision: string }>;
}>;

/** Replaces name and description, unless the cohort changed meanwhile. */
export const updateCohort = async (
  tx: Transaction,
  key: CohortKey,
  { terms: { name, description }, change: { at, subject, ifRevision } }: Update,
): Promise<CohortUpdate | undefined> => {
  const before = await lockCohort(tx, key);
  if (before === undefined) return undefined;
  const isSame = before.name === name && before.description === description;
  if (!isSame) {
    if (ifRevision !== String(before.revision)) return { kind: 'stale' };
    await tx`
      update cohorts set name = ${name}, description = ${description ?? null}, revision = revision + 1
      where cohort_id = ${key.cohortId}`;
    const resource = `cohorts/${before.cohort}`;
    const shown = { name: before.name, description: before.description };
    const change = { tenantId: key.tenantId, subject, resource, before: shown };
    await recordChange(tx, { ...change, action: 'cohort.updated', after: { name, description } });
  }
  const cohort = await readCohort(tx, key, at);
  return cohort && { kind: 'changed', cohort };
};

/** Deletes a cohort unless something uses it. */
export const deleteCohort = async (
  tx: Transaction,
  key: CohortKey,
  { at, subject }: CohortChange,
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
