import { LRUCache } from 'lru-cache';
import type { EarningRule } from '#shared/domain/points/earning-rule.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import type { Sql } from './connect.ts';
import { withPostgres } from './postgres-error.ts';

/** A tenant with what decides about its orders and ranks its customers. */
export type Tenant = Readonly<{
  tenantId: string;
  name: string;
  currency: string;
  timeZone: string;
  status: 'ACTIVE' | 'SUSPENDED';
  rules: readonly EarningRule[];
  boards: readonly Board[];
}>;

export type TenantStore = Readonly<{
  /** The tenant as it was at most half a minute ago; undefined when there was none a second ago. */
  find: (tenantId: string) => Promise<Tenant | undefined>;
  /** All active tenants, as they are now. */
  all: () => Promise<readonly Tenant[]>;
}>;

/** Rule versions are immutable and start in the future or now: half a minute is soon enough to see a new one. */
const freshMs = 30_000;

/** An order of a tenant that is not known is refused for good, so one that was just created must be seen soon. */
const unknownMs = 1_000;

/** Reads tenants; callers that ask for the same one together share one query, also for one that does not exist. */
export const tenantStore = (sql: Sql): TenantStore => {
  const cache = new LRUCache<string, { tenant: Tenant | undefined }>({
    max: 1_000,
    ttl: freshMs,
    fetchMethod: async (tenantId, _stale, { options }) => {
      const [tenant] = await load(sql, tenantId);
      if (tenant === undefined) options.ttl = unknownMs;
      return { tenant };
    },
  });
  return {
    find: async (tenantId) => (await cache.forceFetch(tenantId)).tenant,
    all: async () => (await load(sql)).filter(({ status }) => status === 'ACTIVE'),
  };
};

type Row = Omit<Tenant, 'rules' | 'boards'> &
  Readonly<{
    rules: readonly (Omit<EarningRule, 'validFrom'> & { validFrom: string })[];
    boards: readonly Omit<Board, 'tenantId'>[];
  }>;

const load = async (sql: Sql, tenantId?: string): Promise<readonly Tenant[]> => {
  const rows = await withPostgres(
    async () => sql<Row[]>`
    select tenant_id as "tenantId", name, currency, time_zone as "timeZone", status,
      (select coalesce(json_agg(json_build_object(
          'version', version, 'currency', currency, 'pointsPerStep', points_per_step,
          'minorPerStep', minor_per_step, 'validFrom', valid_from) order by version), '[]')
        from earning_rules where earning_rules.tenant_id = tenants.tenant_id) as rules,
      (select coalesce(json_agg(json_build_object('board', board, 'tiePolicy', tie_policy) order by board), '[]')
        from boards where boards.tenant_id = tenants.tenant_id) as boards
    from tenants
    ${tenantId === undefined ? sql`` : sql`where tenant_id = ${tenantId}`}
    order by tenant_id`,
  );
  return rows.map(({ rules, boards, ...tenant }) => ({
    ...tenant,
    rules: rules.map((rule) => ({ ...rule, validFrom: new Date(rule.validFrom) })),
    boards: boards.map((board) => ({ ...board, tenantId: tenant.tenantId })),
  }));
};
