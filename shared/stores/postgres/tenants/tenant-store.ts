import { LRUCache } from 'lru-cache';
import type { Earning, Program } from '#shared/domain/earning/program.ts';
import type { EarningRule, EarningTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** A tenant with what decides about its orders and ranks its customers. */
export type Tenant = Readonly<{
  tenantId: string;
  name: string;
  currency: string;
  timeZone: string;
  status: 'ACTIVE' | 'SUSPENDED';
  /** With the versions that are or will be in force; drafts are not among them. */
  programs: readonly Program[];
  boards: readonly Board[];
}>;

/** The programs of a tenant, each with the time zone that it goes by; none of an unknown tenant. */
export const earningsOf = (tenant: Tenant | undefined): readonly Earning[] =>
  tenant?.programs.map((program) => ({ program, timeZone: tenant.timeZone })) ?? [];

export type TenantStore = Readonly<{
  /** The tenant as it was at most half a minute ago; undefined when there was none a second ago. */
  find: (tenantId: string) => Promise<Tenant | undefined>;
  /** The tenant as it is now, which `find` returns from here on as well. */
  reload: (tenantId: string) => Promise<Tenant | undefined>;
  /** All active tenants, as they are now. */
  all: () => Promise<readonly Tenant[]>;
}>;

/**
 * Versions are immutable and begin minutes after their activation: half a minute is soon enough to
 * see a new one.
 */
const freshMs = 30_000;

/** An order of an unknown tenant is refused permanently, so a new tenant must be visible soon. */
const unknownMs = 1_000;

/**
 * Reads tenants; concurrent callers for the same tenant share one query, also for one that does not
 * exist.
 */
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
    reload: async (tenantId) => (await cache.forceFetch(tenantId, { forceRefresh: true })).tenant,
    all: async () => (await load(sql)).filter(({ status }) => status === 'ACTIVE'),
  };
};

type Json<Type> = Type extends Date
  ? string
  : Type extends object
    ? { [Key in keyof Type]: Json<Type[Key]> }
    : Type;

type Row = Omit<Tenant, 'programs' | 'boards'> &
  Readonly<{
    programs: readonly (Pick<Program, 'program' | 'unit'> & {
      rules: readonly (Json<Omit<EarningRule, keyof EarningTerms>> & {
        terms: Json<EarningTerms>;
      })[];
      ladders: readonly {
        version: number;
        validFrom: string;
        terms: Omit<TierLadder, 'version' | 'validFrom'>;
      }[];
    })[];
    boards: readonly Omit<Board, 'tenantId'>[];
  }>;

const load = async (sql: Sql, tenantId?: string): Promise<readonly Tenant[]> => {
  const rows = await withPostgres(
    async () => sql<Row[]>`
    select tenant_id, name, currency, time_zone, status,
      (select coalesce(json_agg(json_build_object('program', program, 'unit', unit,
          'rules', (select coalesce(json_agg(json_build_object('version', version, 'currency', currency,
              'terms', terms, 'validFrom', valid_from, 'validUntil', valid_until) order by version), '[]')
            from earning_rules rule where rule.tenant_id = programs.tenant_id
              and rule.program = programs.program and valid_from is not null),
          'ladders', (select coalesce(json_agg(json_build_object('version', version,
              'terms', terms, 'validFrom', valid_from) order by version), '[]')
            from tier_ladders ladder where ladder.tenant_id = programs.tenant_id
              and ladder.program = programs.program and valid_from is not null)) order by program), '[]')
        from programs where programs.tenant_id = tenants.tenant_id) as programs,
      (select coalesce(json_agg(json_build_object('board', board, 'tiePolicy', tie_policy) order by board), '[]')
        from boards where boards.tenant_id = tenants.tenant_id) as boards
    from tenants
    ${tenantId === undefined ? sql`` : sql`where tenant_id = ${tenantId}`}
    order by tenant_id`,
  );
  return rows.map(({ programs, boards, ...tenant }) => ({
    ...tenant,
    programs: programs.map(({ rules, ladders, ...program }) => ({
      ...program,
      rules: rules.map(toRule),
      ladders: ladders.map(({ terms, validFrom, ...ladder }) => ({
        ...terms,
        ...ladder,
        validFrom: new Date(validFrom),
      })),
    })),
    boards: boards.map((board) => ({ ...board, tenantId: tenant.tenantId })),
  }));
};

type RuleRow = Row['programs'][number]['rules'][number];

const toRule = ({ terms, validFrom, validUntil, ...rule }: RuleRow): EarningRule => ({
  ...toEarningTerms(terms),
  ...rule,
  validFrom: new Date(validFrom),
  ...(validUntil && { validUntil: new Date(validUntil) }),
});

/** Terms in a jsonb column. */
export const toEarningTerms = (json: unknown): EarningTerms => {
  const terms = json as EarningTerms;
  return {
    ...terms,
    promotions: terms.promotions.map((promotion) => ({
      ...promotion,
      from: new Date(promotion.from),
      until: new Date(promotion.until),
    })),
  };
};
