import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { festivalTenant } from './festival.ts';

/** An incentive that the platform gave. */
export type Issued = Readonly<{
  incentiveId: string;
  campaignId: string;
  userId: string;
  eventId: string;
  amount: number;
  coupon: string | null;
  qualifiedAt: Date;
}>;

/** Reads every incentive that the festival's campaigns gave. */
export const readIssued = async (sql: Sql): Promise<readonly Issued[]> =>
  await sql<Issued[]>`
    select incentive_id, campaign_id, user_id, event_id, reward_amount as amount,
      coupon_code as coupon, qualified_at
    from incentives where tenant_id = ${festivalTenant.tenantId} and status = 'ISSUED'`;
