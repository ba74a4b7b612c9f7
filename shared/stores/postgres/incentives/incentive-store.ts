import { assert } from '#shared/domain/assert.ts';
import {
  type Incentive,
  type IncentiveStatus,
  incentiveStatuses,
  isArchived,
} from '#shared/domain/incentives/incentive.ts';
import type { ReversalRequest } from '#shared/domain/incentives/reverse-incentive.ts';
import type { Sql } from '../driver/connect.ts';
import { inTransaction, untilUndisputed, withPostgres } from '../driver/transaction.ts';
import { recordArchived } from '../journal/record-archived.ts';
import {
  type IncentiveRow,
  incentiveColumns,
  readIncentives,
  toIncentive,
} from './incentive-rows.ts';
import { type Issued, type Issuing, issueIncentives } from './issue-incentives.ts';
import { type Reversed, reverseIncentives } from './reverse-incentives.ts';
import type { RequestedChoices } from './reward-requests.ts';

/** Which incentives of a tenant, newest first. */
type IncentiveQuery = Readonly<{
  tenantId: string;
  userId?: string | undefined;
  campaignId?: string | undefined;
  status?: IncentiveStatus | undefined;
  /** Those that come after this one. */
  after?: Pick<Incentive, 'issuedAt' | 'incentiveId'> | undefined;
  limit: number;
}>;

export type IncentiveStore = Readonly<{
  /**
   * Decides claims in their order, each exactly once per incentive id even if it is repeated or
   * concurrent, and never beyond any current cap. Of choices the first that can be issued is, and
   * those before it are refused. An issued incentive is counted, credited and recorded for
   * publication by the same commit. Those that were thought full and are not come last, in a
   * transaction of their own.
   * @throws TermsChanged when the terms given are no longer in force, Unavailable when Postgres is
   * not there; repeating is safe.
   */
  issue: (claims: readonly RequestedChoices[], how: Issuing) => Promise<Issued>;
  /**
   * Takes incentives back, each once: the caps have room again, points are taken as far as they are
   * left, a code is void. An incentive that is not issued yet never will be.
   * @throws Unavailable when Postgres is not there; repeating is safe.
   */
  reverse: (requests: readonly ReversalRequest[], now: Date) => Promise<Reversed>;
  /** @throws RecordArchived when it was archived */
  find: (key: Pick<Incentive, 'tenantId' | 'incentiveId'>) => Promise<Incentive | undefined>;
  /** The incentives of an event, in the order of the ids. */
  ofEvent: (key: Pick<Incentive, 'tenantId' | 'eventId'>) => Promise<readonly Incentive[]>;
  /** As many as the limit, newest first. */
  page: (query: IncentiveQuery) => Promise<readonly Incentive[]>;
}>;

/** Incentives: issued, refused and reversed ones. */
export const incentiveStore = (sql: Sql): IncentiveStore => ({
  issue: (claims, how) => issue(sql, claims, how),

  reverse: async (requests, now) =>
    requests.length === 0
      ? { outcomes: [], balances: [] }
      : inTransaction(sql, (tx) => reverseIncentives(tx, requests, now)),

  find: ({ tenantId, incentiveId }) =>
    withPostgres(async () => {
      const found = (await readIncentives(sql, [incentiveId])).get(incentiveId);
      if (found?.tenantId !== tenantId) return undefined;
      if (!isArchived(found)) return found;
      const name = `Incentive ${incentiveId}`;
      throw await recordArchived(sql, { table: 'incentives', name, recordedAt: found.issuedAt });
    }),

  ofEvent: ({ tenantId, eventId }) =>
    withPostgres(async () => {
      const rows = await sql<IncentiveRow[]>`
        select ${incentiveColumns(sql)} from incentives incentive
        where tenant_id = ${tenantId} and event_id = ${eventId} order by incentive_id`;
      return rows.map(toIncentive);
    }),

  page: ({ tenantId, userId, campaignId, status, after, limit }) =>
    withPostgres(async () => {
      const statuses = status === undefined ? incentiveStatuses : [status];
      // Status by status: of each the newest are at one end of an index.
      const rows = await sql<IncentiveRow[]>`
        select ${incentiveColumns(sql)} from unnest(${statuses}::text[]) wanted (status)
        cross join lateral (
          select * from incentives one
          where one.tenant_id = ${tenantId} and one.status = wanted.status
            ${userId === undefined ? sql`` : sql`and user_id = ${userId}`}
            ${campaignId === undefined ? sql`` : sql`and campaign_id = ${campaignId}`}
            ${after ? sql`and (issued_at, incentive_id) < (${after.issuedAt}, ${after.incentiveId}::uuid)` : sql``}
          order by issued_at desc, incentive_id desc limit ${limit}) incentive
        order by incentive.issued_at desc, incentive.incentive_id desc limit ${limit}`;
      return rows.map(toIncentive);
    }),
});

const issue = async (
  sql: Sql,
  claims: readonly RequestedChoices[],
  how: Issuing,
): Promise<Issued> => {
  if (claims.length === 0) return { outcomes: [], usages: new Map(), balances: [] };
  const first = await untilUndisputed(sql, (tx) => issueIncentives(tx, claims, how));
  const open = claims.filter((_claim, index) => first.outcomes[index]?.length === 0);
  if (open.length === 0) return first;
  assert(how.likelyFull.size > 0, 'without hints every claim is decided');
  const rest = await issue(sql, open, { ...how, likelyFull: new Set() });
  const outcomes = rest.outcomes.values();
  return {
    outcomes: first.outcomes.map((own) => (own.length > 0 ? own : (outcomes.next().value ?? []))),
    usages: new Map([...first.usages, ...rest.usages]),
    balances: [...first.balances, ...rest.balances],
  };
};
