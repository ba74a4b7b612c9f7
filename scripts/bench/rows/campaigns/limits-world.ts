import { randomUUID } from 'node:crypto';
import { withSql } from '#scripts/platform/with-sql.ts';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { VoidRound } from '../../core/rounds.ts';
import { type LoadResult, runLoad } from '../../load/load.ts';
import { points, type QualificationStream } from '../../load/qualification-requests.ts';

/** A campaign and its tenant. */
export type Offer = Readonly<{ tenantId: string; campaignId: string }>;

const connections = 200;
let streams = 0;

/** Caps that limit every incentive and are never reached. */
const wideLimits: CampaignTerms['limits'] = {
  overall: { maxPerDay: 1_000_000_000 },
  perUser: { maxPerDay: 1_000_000_000 },
};

/** Makes a tenant with one campaign: with all kinds of caps, or with none. */
export const createOffer = async (url: string, isCapped: boolean): Promise<Offer> => {
  const [tenantId, campaignId] = [isCapped ? 'capped' : 'uncapped', randomUUID()];
  await withSql(url, async (sql) => {
    await sql`
      insert into tenants (tenant_id, name, currency, time_zone) values (${tenantId}, 'Limits', 'INR', 'Asia/Kolkata')`;
    await sql`insert into programs (tenant_id, program, name) values (${tenantId}, 'points', 'Points')`;
    await sql`
      insert into limits (tenant_id, scope, max_per_day)
      select ${tenantId}, unnest(array['GLOBAL', 'USER']), ${isCapped ? 1_000_000_000 : null}::bigint`;
    await sql`
      insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, version, created_by)
      values (${campaignId}, ${tenantId}, 'Limits', 'SIMPLE', '2026-01-01', '2999-01-01', 'ACTIVE',
        ${JSON.stringify({ limits: isCapped ? wideLimits : {} })}::text::jsonb, '{}', 1, 'bench')`;
  });
  return { tenantId, campaignId };
};

/** How qualifications are sent. */
export type Sending = Readonly<{
  qualifications: number;
  hotPercent?: number;
  ratePerSecond?: number;
}>;

/**
 * Sends new qualifications and waits for all answers.
 * @throws VoidRound unless each was issued and credited exactly once.
 */
export const sendQualifications = async (
  url: string,
  port: number,
  { ratePerSecond, ...sending }: Sending & Offer,
): Promise<LoadResult> => {
  streams += 1;
  const stream: QualificationStream = {
    ...sending,
    prefix: `q${streams}`,
    qualifiedAt: new Date().toISOString(),
  };
  const module = new URL('../../load/qualification-requests.ts', import.meta.url).href;
  const load = await runLoad({
    ...{ port, connections, requests: { module, options: stream } },
    ...(ratePerSecond !== undefined && { ratePerSecond }),
  });
  if (load.statuses['204'] !== stream.qualifications)
    throw new VoidRound(
      `of ${stream.qualifications} qualifications not all were accepted: ${JSON.stringify(load)}`,
    );
  await requireIssued(url, stream);
  return load;
};

const requireIssued = (
  url: string,
  { tenantId, prefix, qualifications }: QualificationStream,
): Promise<void> =>
  withSql(url, async (sql) => {
    const [row] = await sql<[{ issued: number; all: number; used: number; credited: number }]>`
      select count(*) filter (where starts_with(event_id, ${`${prefix}-`})) as issued, count(*) as all,
        (select sum(count)::bigint from limit_usage
          where tenant_id = ${tenantId} and subject = 'tenant' and day = '-infinity') as used,
        (select sum(points)::bigint from points_balances where tenant_id = ${tenantId}) as credited
      from incentives where tenant_id = ${tenantId} and status = 'ISSUED'`;
    const { issued, all, used, credited } = row;
    if (issued !== qualifications || used !== all || credited !== all * points)
      throw new VoidRound(`of ${qualifications} qualifications: ${JSON.stringify(row)}`);
  });
