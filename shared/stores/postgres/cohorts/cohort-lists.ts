import { assert } from '#shared/domain/assert.ts';
import { realTimeCohortsMax } from '#shared/domain/cohorts/cohort-rules.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { madeBy, recordChange } from '../journal/record-change.ts';
import {
  type CohortKey,
  type CohortRecord,
  type CountedCohort,
  lockCohort,
  readCohort,
  readCohorts,
  readMembers,
} from './cohort-rows.ts';
import { type CohortMember, lockMembers } from './cohort-store.ts';
import {
  type CohortEdit,
  type CohortRemoval,
  type CohortTerms,
  type CohortUpdate,
  deleteCohort,
  updateCohort,
} from './manage-cohort.ts';

/** The outcome of creating a cohort. */
export type CohortCreation = Readonly<
  | { kind: 'created'; cohort: CountedCohort }
  | { kind: 'exists' | 'unknown-tenant' | 'too-many' | 'in-use' }
>;

type NewCohort = Pick<CohortRecord, 'cohort' | 'name' | 'description'> &
  Partial<Pick<CohortRecord, 'definition' | 'rules'>> &
  Readonly<{ tenantId: string; members: readonly string[]; createdBy: string; requestKey: string }>;

type Upload = Readonly<{ members: readonly string[]; at: Date; subject: string }>;

export type CohortLists = Readonly<{
  /**
   * Makes a cohort with its first members; of several at once under one name, one. Repeating a
   * request changes nothing.
   */
  create: (cohort: NewCohort, at: Date) => Promise<CohortCreation>;
  /**
   * A cohort with its size at an instant; the size of a large cohort that changes may be from
   * shortly before.
   */
  find: (key: CohortKey, at: Date) => Promise<CountedCohort | undefined>;
  /** Cohorts in the order of their names, those `after` one; without their sizes. */
  page: (
    tenantId: string,
    page: Readonly<{ limit: number; after: string | undefined }>,
  ) => Promise<readonly CohortRecord[]>;
  /** Has a dynamic cohort recomputed now; false where there is none. */
  requestRecompute: (key: CohortKey, now: Date) => Promise<boolean>;
  /** Who is a member at an instant, in the order of ids; undefined where there is no cohort. */
  members: (
    key: CohortKey,
    page: Readonly<{ at: Date; limit: number; after: string | undefined }>,
  ) => Promise<readonly CohortMember[] | undefined>;
  /** Replaces what describes a cohort, unless it changed since `ifRevision`. */
  update: (
    key: CohortKey,
    terms: CohortTerms,
    change: CohortEdit & Readonly<{ ifRevision: string }>,
  ) => Promise<CohortUpdate | undefined>;
  /**
   * Deletes a cohort that no campaign uses unless it has ended, and no promotion unless it is over.
   * Its periods stay, as past orders were rated with them. Undefined where there is none.
   */
  remove: (key: CohortKey, change: CohortEdit) => Promise<CohortRemoval | undefined>;
  /**
   * Makes customers members from an instant on, without an end, all or none, and returns how many
   * were not members; earlier memberships stay. Repeating changes nothing. Undefined where there is
   * no such cohort with a list of its own.
   */
  upload: (key: CohortKey, upload: Upload) => Promise<number | undefined>;
}>;

/** Cohorts as lists that people make and fill. */
export const cohortLists = (sql: Sql): CohortLists => ({
  create: (cohort, at) => inTransaction(sql, (tx) => create(tx, cohort, at)),
  find: (key, at) => withPostgres(() => readCohort(sql, key, at)),
  page: (tenantId, page) => withPostgres(() => readCohorts(sql, tenantId, page)),
  requestRecompute: ({ tenantId, cohortId }, now) =>
    withPostgres(async () => {
      const { count } = await sql`
        update cohorts set due_at = least(due_at, ${now})
        where tenant_id = ${tenantId} and cohort_id = ${cohortId} and kind = 'DYNAMIC' and deleted_at is null`;
      return count > 0;
    }),
  members: (key, page) => withPostgres(() => readMembers(sql, key, page)),
  update: (key, terms, change) =>
    inTransaction(sql, (tx) => updateCohort(tx, key, { terms, change })),
  remove: (key, change) => inTransaction(sql, (tx) => deleteCohort(tx, key, change)),
  upload: (key, change) =>
    inTransaction(sql, async (tx) => {
      const found = await lockCohort(tx, key);
      if (found?.kind !== 'STATIC') return undefined;
      return addMembers(tx, { ...key, ...change, cohort: found.cohort });
    }),
});

const create = async (
  tx: Transaction,
  { members, createdBy: subject, requestKey, ...terms }: NewCohort,
  at: Date,
): Promise<CohortCreation> => {
  const { tenantId, cohort, rules } = terms;
  // Of several real-time cohorts created at once, each counts the others.
  const lock = rules === undefined ? tx`key share` : tx`no key update`;
  const tenants = await tx`select from tenants where tenant_id = ${tenantId} for ${lock}`;
  if (tenants.count === 0) return { kind: 'unknown-tenant' };
  const refusal = rules && (await refuseRealTime(tx, tenantId, cohort));
  if (refusal !== undefined) return { kind: refusal };
  const kind = kindOf(terms);
  const cohortId = await insert(tx, { ...terms, kind, subject });
  const resource = `cohorts/${cohort}`;
  const { name, description, definition } = terms;
  const after = { name, description, kind, definition, rules, members: members.length };
  const making = { tenantId, subject, requestKey, action: 'cohort.created', after };
  if (cohortId === undefined) {
    const [existing] = await tx<{ cohortId: string }[]>`
      select cohort_id from cohorts where tenant_id = ${tenantId} and cohort = ${cohort} and deleted_at is null`;
    const same = await madeBy(tx, { ...making, resourcePrefix: resource });
    return same === resource && existing !== undefined
      ? created(await readCohort(tx, { tenantId, ...existing }, at))
      : { kind: 'exists' };
  }
  await recordChange(tx, { ...making, resource });
  await addMembers(tx, { tenantId, cohort, members, at, subject });
  return created(await readCohort(tx, { tenantId, cohortId }, at));
};

type Terms = Omit<NewCohort, 'members' | 'createdBy' | 'requestKey'>;

const kindOf = ({ definition, rules }: Terms): CohortRecord['kind'] => {
  if (rules !== undefined) return 'REAL_TIME';
  return definition === undefined ? 'STATIC' : 'DYNAMIC';
};

/** Inserts a cohort; undefined where its name is taken. */
const insert = async (
  tx: Transaction,
  {
    tenantId,
    cohort,
    kind,
    subject,
    ...terms
  }: Terms & Pick<CohortRecord, 'kind'> & { subject: string },
): Promise<string | undefined> => {
  const { name, description = null, definition = null, rules = null } = terms;
  const jsonOf = (value: object | null) => value && JSON.stringify(value);
  const [made] = await tx<{ cohortId: string }[]>`
    insert into cohorts (tenant_id, cohort, name, description, kind, definition, rules, due_at, created_by)
    values (${tenantId}, ${cohort}, ${name}, ${description}, ${kind},
      ${jsonOf(definition)}::text::jsonb, ${jsonOf(rules)}::text::jsonb,
      case when ${kind} = 'DYNAMIC' then now() end, ${subject})
    on conflict (tenant_id, cohort) do nothing returning cohort_id`;
  return made?.cohortId;
};

/**
 * Why a name cannot become that of a real-time cohort: it has members already, a promotion uses it,
 * which orders are rated by, or the tenant has too many.
 */
const refuseRealTime = async (
  tx: Transaction,
  tenantId: string,
  cohort: string,
): Promise<'in-use' | 'too-many' | undefined> => {
  const [row] = await tx<[{ others: number; isUsed: boolean }]>`
    select
      (select count(*) from cohorts
       where tenant_id = ${tenantId} and kind = 'REAL_TIME' and deleted_at is null and cohort <> ${cohort}) as others,
      exists (select from cohort_members where tenant_id = ${tenantId} and cohort = ${cohort})
        or exists (select from earning_rules, jsonb_array_elements(terms->'promotions') promotion
          where tenant_id = ${tenantId} and promotion->>'cohort' = ${cohort}) as is_used`;
  if (row.isUsed) return 'in-use';
  return row.others >= realTimeCohortsMax ? 'too-many' : undefined;
};

const created = (cohort: CountedCohort | undefined): CohortCreation => {
  assert(cohort, 'a cohort that was made is there');
  return { kind: 'created', cohort };
};

type Addition = Upload & Readonly<{ tenantId: string; cohort: string }>;

/**
 * Adds members by one statement: a period that reaches the instant is extended, one that begins
 * later begins earlier.
 */
const addMembers = async (
  tx: Transaction,
  { tenantId, cohort, members, at, subject }: Addition,
): Promise<number> => {
  await lockMembers(tx, { tenantId, cohort });
  const { count } = await tx`
    with wanted as (select distinct customer_id from unnest(${members}::text[]) customer_id),
    joined as (
      select customer_id, min(since) as since, bool_or(until = 'infinity' and since <= ${at}) as lasts
      from cohort_members join wanted using (customer_id)
      where tenant_id = ${tenantId} and cohort = ${cohort} and until >= ${at} group by customer_id),
    added as (
      select customer_id, least(since, ${at}) as since from wanted left join joined using (customer_id)
      where lasts is not true),
    replaced as (
      delete from cohort_members member using added
      where member.tenant_id = ${tenantId} and member.cohort = ${cohort} and member.customer_id = added.customer_id
        and member.until >= ${at} and member.since > added.since)
    insert into cohort_members (tenant_id, cohort, customer_id, since)
    select ${tenantId}, ${cohort}, customer_id, since from added order by customer_id
    on conflict (tenant_id, customer_id, cohort, since) do update set until = 'infinity'`;
  if (count > 0) {
    const resource = `cohorts/${cohort}/members`;
    const after = { added: count, since: at.toISOString() };
    await recordChange(tx, { tenantId, subject, action: 'cohort-members.added', resource, after });
  }
  return count;
};
