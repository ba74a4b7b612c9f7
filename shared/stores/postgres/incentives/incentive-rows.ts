import type { Incentive, RecordedIncentive } from '#shared/domain/incentives/incentive.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';

/** An incentive as a query for incentiveColumns returns it. */
export type IncentiveRow = RowOf<Incentive>;

/** The columns of an IncentiveRow, of a table or alias named `incentive`. */
export const incentiveColumns = (sql: Sql | Transaction) => sql`
  incentive.incentive_id, incentive.tenant_id, incentive.user_id, incentive.campaign_id,
  incentive.campaign_version, incentive.event_id, incentive.type,
  incentive.reward_currency as currency, incentive.reward_amount as amount, incentive.program,
  incentive.coupon_code, incentive.status, incentive.refused_by, incentive.day::text as day,
  incentive.qualified_at, incentive.issued_at, incentive.expires_at, incentive.ended_at,
  incentive.cause`;

/** The incentive in a row of a query for incentiveColumns alone. */
export const toIncentive = fromRow<Incentive>;

type Reading = Readonly<{
  /** No other transaction changes incentives that were not archived until this one ends. */
  lock?: boolean;
  /** False where none of them can have been archived yet, which saves looking for them there. */
  mayBeArchived?: boolean;
}>;

/** Reads incentives by their ids, in the order of these. */
export const readIncentives = async (
  sql: Sql | Transaction,
  incentiveIds: readonly string[],
  { lock = false, mayBeArchived = true }: Reading = {},
): Promise<ReadonlyMap<string, RecordedIncentive>> => {
  if (incentiveIds.length === 0) return new Map();
  const [join, on] = mayBeArchived ? [sql`left join`, sql`on true`] : [sql`cross join`, sql``];
  const rows = await sql<WantedRow[]>`
    select * from unnest(${incentiveIds.toSorted()}::uuid[]) wanted (id)
    ${join} lateral (
      select ${incentiveColumns(sql)} from incentives incentive
      where incentive.incentive_id = wanted.id
      limit 1 ${lock ? sql`for update` : sql``}) incentive ${on}
    ${mayBeArchived ? archivedJoin(sql) : sql``}`;
  return new Map(rows.map(toRecorded).map((one) => [one.incentiveId, one]));
};

/** Adds what is known of a wanted incentive that was archived. */
const archivedJoin = (sql: Sql | Transaction) => sql`
  left join lateral (
    select tenant_id as archived_tenant, status as archived_status, issued_at as archived_issued_at
    from archived_incentives known
    where incentive.incentive_id is null and known.incentive_id = wanted.id
    limit 1) archived on true
  where coalesce(incentive.tenant_id, archived_tenant) is not null`;

type WantedRow = Readonly<{ id: string }> & (IncentiveRow | ArchivedRow);

type ArchivedRow = Readonly<{
  incentiveId: null;
  archivedTenant: string;
  archivedStatus: Incentive['status'];
  archivedIssuedAt: Date;
}>;

const toRecorded = ({ id, ...row }: WantedRow): RecordedIncentive =>
  row.incentiveId === null
    ? {
        isArchived: true,
        incentiveId: id,
        tenantId: row.archivedTenant,
        status: row.archivedStatus,
        issuedAt: row.archivedIssuedAt,
      }
    : toIncentive(row);

/**
 * Inserts incentives that do not exist and returns how many were inserted. Waits for transactions
 * that insert the same ones, in the order of their ids.
 */
export const insertIncentives = async (
  tx: Transaction,
  incentives: readonly Incentive[],
): Promise<number> => {
  if (incentives.length === 0) return 0;
  const { count } = await tx`
    insert into incentives (incentive_id, tenant_id, user_id, campaign_id, campaign_version, event_id, type,
      reward_currency, reward_amount, program, coupon_code, status, refused_by, day, qualified_at, issued_at,
      expires_at, ended_at, cause)
    select * from ${rowsOf(
      tx,
      { made: incentives },
      {
        ...{ incentiveId: 'uuid', tenantId: 'text', userId: 'text', campaignId: 'uuid' },
        ...{ campaignVersion: 'integer', eventId: 'text', type: 'text', currency: 'text' },
        ...{ amount: 'bigint', program: 'text', couponCode: 'text', status: 'text' },
        ...{ refusedBy: 'jsonb', day: 'date', qualifiedAt: 'timestamptz' },
        ...{ issuedAt: 'timestamptz', expiresAt: 'timestamptz', endedAt: 'timestamptz' },
        cause: 'text',
      },
    )}
    order by incentive_id
    on conflict (incentive_id) do nothing`;
  return count;
};

/** Overwrites locked incentives with what was requested. */
export const updateRequested = async (
  tx: Transaction,
  incentives: readonly Incentive[],
): Promise<void> => {
  await tx`
    update incentives incentive set campaign_version = requested.campaign_version, event_id = requested.event_id,
      type = requested.type, reward_currency = requested.currency, reward_amount = requested.amount,
      program = requested.program, day = requested.day, qualified_at = requested.qualified_at,
      expires_at = requested.expires_at, cause = requested.cause
    from ${rowsOf(
      tx,
      { requested: incentives },
      {
        ...{ incentiveId: 'uuid', campaignVersion: 'integer', eventId: 'text', type: 'text' },
        ...{ currency: 'text', amount: 'bigint', program: 'text', day: 'date' },
        ...{ qualifiedAt: 'timestamptz', expiresAt: 'timestamptz', cause: 'text' },
      },
    )}
    where incentive.incentive_id = requested.incentive_id`;
};

/** Writes over incentives, which are locked, how they ended. */
export const updateEnded = async (
  tx: Transaction,
  incentives: readonly Incentive[],
): Promise<void> => {
  if (incentives.length === 0) return;
  await tx`
    update incentives incentive set status = ended.status, ended_at = ended.ended_at
    from ${rowsOf(tx, { ended: incentives }, { incentiveId: 'uuid', status: 'text', endedAt: 'timestamptz' })}
    where incentive.incentive_id = ended.incentive_id`;
};
