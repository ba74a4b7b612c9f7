import { LRUCache } from 'lru-cache';
import type { DayRange } from '#shared/domain/limits/admit.ts';
import type { LimitTerms } from '#shared/domain/limits/limit-request-of.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { readUsages } from './limit-usage.ts';

/** A campaign's reward, and the program that it is credited to where it is. */
export type RewardKey = Readonly<{
  tenantId: string;
  campaignId: string;
  program?: string | undefined;
}>;

/** What decides about a reward as of now. */
export type RewardTerms = LimitTerms &
  Readonly<{
    /** Whether the tenant is active. */
    isActive: boolean;
    campaignName: string;
    /**
     * The unit of the program; undefined where the tenant has no such program, or none is named.
     */
    unit: string | undefined;
  }>;

export type LimitReader = Readonly<{
  /**
   * The caps and what else decides about rewards, by `rewardKey`; what is not there is no campaign
   * of that tenant.
   */
  terms: (keys: readonly RewardKey[]) => Promise<ReadonlyMap<string, RewardTerms>>;
  /** The usage of subjects of a tenant, in total and on the requested days. */
  usages: (
    tenantId: string,
    asked: ReadonlyMap<string, readonly DayRange[]>,
  ) => Promise<ReadonlyMap<string, Usage>>;
}>;

/** Caps and their current usage. */
export const limitReader = (sql: Sql): LimitReader => ({
  terms: (keys) => withPostgres(() => readRewardTerms(sql, keys)),
  usages: (tenantId, asked) =>
    withPostgres(async () => {
      const questions = Array.from(asked, ([subject, days]) => ({ tenantId, subject, days }));
      return (await readUsages(sql, questions)).get(tenantId) ?? new Map();
    }),
});

/** Names the terms of a reward in a map. */
export const rewardKey = ({ tenantId, campaignId, program = '' }: RewardKey): string =>
  `${tenantId} ${campaignId} ${program}`;

/** Cached terms of rewards: they determine what to lock, and the transaction checks them. */
export type KnownTerms = Readonly<{
  /**
   * The terms that are known, and for the others those in force; a campaign that does not exist has
   * none.
   */
  find: (keys: readonly RewardKey[]) => Promise<ReadonlyMap<string, RewardTerms>>;
  /** Makes the next `find` read these again. */
  forget: (keys: readonly RewardKey[]) => void;
}>;

/**
 * Caches the most recently used terms of active tenants. The reason for refusing others is always
 * read again.
 */
export const knownTerms = (
  limits: Pick<LimitReader, 'terms'>,
  { termsMax = 10_000 }: Readonly<{ termsMax?: number }> = {},
): KnownTerms => {
  const known = new LRUCache<string, RewardTerms>({ max: termsMax });
  return {
    find: async (keys) => {
      const found = new Map<string, RewardTerms>();
      const unknown = keys.filter((key) => {
        const terms = known.get(rewardKey(key));
        if (terms !== undefined) found.set(rewardKey(key), terms);
        return terms === undefined;
      });
      for (const [key, terms] of await limits.terms(unknown)) {
        found.set(key, terms);
        if (terms.isActive) known.set(key, terms);
      }
      return found;
    },
    forget: (keys) => {
      for (const key of keys) known.delete(rewardKey(key));
    },
  };
};

type Row = Readonly<{
  tenantId: string;
  campaignId: string;
  program: string;
  timeZone: string;
  isActive: boolean;
  campaignName: string;
  unit: string | null;
  campaign: LimitTerms['campaign'] | null;
  tenant: Partial<LimitTerms['tenant']>;
}>;

/** The same within a transaction: what others have committed by now is seen. */
export const readRewardTerms = async (
  sql: Sql | Transaction,
  keys: readonly RewardKey[],
): Promise<ReadonlyMap<string, RewardTerms>> => {
  const distinct = [...new Map(keys.map((key) => [rewardKey(key), key])).values()];
  const wanted = distinct.map((key) => ({ ...key, program: key.program ?? '' }));
  if (wanted.length === 0) return new Map();
  const rows = await sql<Row[]>`
    select tenant_id, campaign_id, wanted.program, time_zone,
      tenants.status = 'ACTIVE' as is_active, campaigns.name as campaign_name,
      rule_json -> 'limits' as campaign,
      (select unit from programs
        where programs.tenant_id = wanted.tenant_id and programs.program = wanted.program) as unit,
      (select coalesce(jsonb_object_agg(scope, jsonb_strip_nulls(jsonb_build_object('maxPerDay', max_per_day,
          'maxTotal', max_total, 'windowDays', window_days, 'amounts', amounts))), '{}')
        from limits where limits.tenant_id = wanted.tenant_id) as tenant
    from ${rowsOf(sql, { wanted }, { tenantId: 'text', campaignId: 'uuid', program: 'text' })}
    join tenants using (tenant_id)
    join campaigns using (tenant_id, campaign_id)`;
  return new Map(rows.map((row) => [rewardKey(row), toTerms(row)]));
};

const toTerms = ({
  timeZone,
  isActive,
  campaignName,
  unit,
  campaign,
  tenant,
}: Row): RewardTerms => ({
  timeZone,
  isActive,
  campaignName,
  unit: unit ?? undefined,
  campaign: campaign ?? {},
  tenant: { GLOBAL: tenant.GLOBAL ?? {}, USER: tenant.USER ?? {} },
});
