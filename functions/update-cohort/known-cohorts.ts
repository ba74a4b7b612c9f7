import { LRUCache } from 'lru-cache';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { CohortRules } from '#shared/domain/cohorts/cohort-rules.ts';
import type { CohortSignal } from '#shared/domain/cohorts/member-timeline.ts';
import { compileRule } from '#shared/rules/compile-rule.ts';
import type {
  RealTimeCohort,
  RealTimeCohorts,
  TenantCohorts,
} from '#shared/stores/postgres/cohorts/real-time-cohorts.ts';

/** A real-time cohort whose rules name an action. */
export type KnownCohort = Pick<RealTimeCohort, 'cohortId' | 'cohort'> &
  Readonly<{ signalOf: (event: ActionEvent) => CohortSignal | undefined }>;

/** What an action of a tenant is evaluated by. */
type KnownAction = Readonly<{ schema: ActionSchema; cohorts: readonly KnownCohort[] }>;

/** Undefined where no real-time cohort of an active tenant names the action. */
export type KnownCohorts = (tenantId: string, action: string) => Promise<KnownAction | undefined>;

/** New rules apply after this time at the latest. */
const ttlMs = 30_000;

/** The limit for the cached rules of all tenants. */
const charactersMax = 8_000_000;

/** Caches the compiled real-time cohorts of tenants, and which tenants have none. */
export const knownCohorts = ({ load }: Pick<RealTimeCohorts, 'load'>): KnownCohorts => {
  const known = new LRUCache<string, ReadonlyMap<string, KnownAction>>({
    maxSize: charactersMax,
    ttl: ttlMs,
    fetchMethod: async (tenantId, _stale, { options }) => {
      const tenant = await load(tenantId);
      options.size = 200 + JSON.stringify(tenant?.cohorts ?? []).length;
      return tenant === undefined ? new Map() : compileCohorts(tenant);
    },
  });
  return async (tenantId, action) => (await known.forceFetch(tenantId)).get(action);
};

const compileCohorts = ({
  timeZone,
  cohorts,
  schemas,
}: TenantCohorts): ReadonlyMap<string, KnownAction> =>
  new Map(
    schemas.flatMap((schema) => {
      const own = cohorts.filter(({ rules: { add, remove } }) =>
        [...add, ...remove].some(({ action }) => action === schema.action),
      );
      if (own.length === 0) return [];
      const compiled = own.map(({ cohortId, cohort, rules }) => ({
        ...{ cohortId, cohort },
        signalOf: signalBy(rules, schema, timeZone),
      }));
      return [[schema.action, { schema, cohorts: compiled }] as const];
    }),
  );

/**
 * A signal counts from just after its action: the action itself is evaluated by the members before
 * it, whether or not this has happened yet.
 */
const effectMs = 1;

const signalBy = (
  { add, remove, forSeconds }: CohortRules,
  schema: ActionSchema,
  timeZone: string,
): KnownCohort['signalOf'] => {
  const meets = (rules: CohortRules['add']) => {
    const own = rules.filter(({ action }) => action === schema.action);
    const compiled = own.map((rule) => compileRule(rule, schema, timeZone));
    return (event: ActionEvent) => compiled.some((isMet) => isMet(event));
  };
  const [adds, removes] = [meets(add), meets(remove)];
  return (event) => {
    const { eventId } = event;
    const at = event.occurredAt.getTime() + effectMs;
    if (removes(event)) return { eventId, at, kind: 'remove' };
    if (!adds(event)) return undefined;
    const until = forSeconds === undefined ? null : at + forSeconds * 1000;
    return { eventId, at, kind: 'add', until };
  };
};
