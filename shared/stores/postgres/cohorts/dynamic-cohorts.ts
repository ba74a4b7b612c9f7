import { type CohortPredicate, conditionsOf } from '#shared/domain/cohorts/cohort-predicate.ts';
import type { Sql } from '../driver/connect.ts';
import { atOneMoment, withPostgres } from '../driver/transaction.ts';
import { type PredicateScope, peopleSql, predicateSql } from './predicate-sql.ts';

/** What a predicate finds among the first users of a tenant. */
type CohortPreview = Readonly<{
  /** Users that were looked at, in the order of their ids. */
  considered: number;
  matched: number;
  /** The first of them. */
  sample: readonly string[];
  /** Whether there are no more users. */
  isComplete: boolean;
}>;

/** Something that a predicate names and the tenant does not have, with its place. */
type Missing = Readonly<{ path: (string | number)[]; message: string }>;

export type DynamicCohorts = Readonly<{
  /** Finds what a predicate names and the tenant does not have: actions, fields and programs. */
  missing: (tenantId: string, predicate: CohortPredicate) => Promise<readonly Missing[]>;
  /** What Postgres expects the whole computation to cost, in units of its planner; runs nothing. */
  costOf: (predicate: CohortPredicate, scope: PredicateScope) => Promise<number>;
  /** Evaluates a predicate for the first users. */
  preview: (
    predicate: CohortPredicate,
    scope: PredicateScope & Readonly<{ considerMax: number; sampleMax: number }>,
  ) => Promise<CohortPreview>;
}>;

/** Predicates of dynamic cohorts, before they are saved. */
export const dynamicCohorts = (sql: Sql): DynamicCohorts => ({
  missing: (tenantId, predicate) => withPostgres(() => findMissing(sql, tenantId, predicate)),
  costOf: (predicate, scope) => withPostgres(() => costOf(sql, predicate, scope)),
  preview: (predicate, { considerMax: limit, sampleMax, ...scope }) =>
    atOneMoment(sql, async (tx) => {
      const people = peopleSql(tx, { tenantId: scope.tenantId, after: '', limit });
      const [row] = await tx<[{ considered: number; matched: number; sample: string[] }]>`
        with person as materialized (${people}),
        matching as materialized (select user_id from person where ${predicateSql(tx, predicate, scope)})
        select (select count(*) from person) as considered, (select count(*) from matching) as matched,
          array(select user_id from matching order by user_id limit ${sampleMax}) as sample`;
      return { ...row, isComplete: row.considered < limit };
    }),
});

const costOf = async (
  sql: Sql,
  predicate: CohortPredicate,
  scope: PredicateScope,
): Promise<number> => {
  const { tenantId } = scope;
  type Plan = Readonly<{ Plan: Readonly<{ 'Total Cost': number }> }>;
  const [row] = await sql<{ 'QUERY PLAN': readonly Plan[] }[]>`
    explain (format json)
    select user_id from (
      select user_id from users where tenant_id = ${tenantId}
      union select customer_id from points_balances where tenant_id = ${tenantId}) person
    where ${predicateSql(sql, predicate, scope)}`;
  const [plan] = Object.values(row ?? {}).flat();
  return plan?.Plan['Total Cost'] ?? 0;
};

type Known = Readonly<{ actions: Record<string, readonly string[]>; programs: readonly string[] }>;

const findMissing = async (
  sql: Sql,
  tenantId: string,
  predicate: CohortPredicate,
): Promise<readonly Missing[]> => {
  const [row] = await sql<[Known]>`
    select
      (select coalesce(json_object_agg(action_code, numbers), '{}') from (
        select distinct on (action_code) action_code,
          array(select key from jsonb_each(fields) where value->>'type' in ('int', 'double')) as numbers
        from actions where tenant_id = ${tenantId} order by action_code, version desc) newest) as actions,
      array(select program from programs where tenant_id = ${tenantId}) as programs`;
  return conditionsOf(predicate).flatMap(({ condition, path }): readonly Missing[] => {
    if ('program' in condition && !row.programs.includes(condition.program))
      return [
        { path: [...path, 'program'], message: `program ${condition.program} does not exist` },
      ];
    if (condition.of !== 'events') return [];
    const { action, sumOf } = condition;
    const numbers = new Map(Object.entries(row.actions)).get(action);
    if (numbers === undefined)
      return [{ path: [...path, 'action'], message: `action ${action} does not exist` }];
    if (sumOf === undefined || numbers.includes(sumOf)) return [];
    const message = `action ${action} has no number field ${sumOf}`;
    return [{ path: [...path, 'sumOf'], message }];
  });
};
