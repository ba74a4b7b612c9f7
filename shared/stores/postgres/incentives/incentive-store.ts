import {
  type Incentive,
  type IncentiveStatus,
  incentiveStatuses,
  isArchived,
} from '#shared/domain/incentives/incentive.ts';
import type { ReversalRequest } from '#shared/domain/incentives/reverse-incentive.ts';
import type { Sql } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordArchived } from '../journal/record-archived.ts';
import {
  type IncentiveRow,
  incentiveColumns,
  readIncentives,
  toIncentive,
} from './incentive-rows.ts';
import { type IssueIncentives, incentiveIssuer } from './issue-incentives.ts';
import { type Reversed, reverseIncentives } from './reverse-incentives.ts';

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
  issue: IssueIncentives;
  /**
   * Reverses incentives, each once: they no longer count toward caps, points are taken as far as
   * they are left, and codes are voided. An incentive that is not issued yet never will be.
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
  issue: incentiveIssuer(sql),

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
