import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CampaignStatus, CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { campaignsPerActionMax } from '#shared/domain/campaigns/campaign-load.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { purchaseSchema, questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { inTransaction } from '../driver/transaction.ts';
import { campaignIndex } from './campaign-index.ts';
import { insertCampaign, updateCampaign } from './write-campaign.ts';

const sql = await testSql({ max: 2 });
await sql`insert into tenants (tenant_id, name, currency, time_zone) values
  ('acme', 'Acme', 'INR', 'Asia/Kolkata'), ('other', 'Other', 'INR', 'UTC')`;
const index = campaignIndex(sql);

const save = (terms: CampaignTerms, status: CampaignStatus = 'ACTIVE', tenantId = 'acme') =>
  inTransaction(sql, async (tx) => {
    const campaignId = randomUUID();
    await insertCampaign(tx, { tenantId, campaignId }, { terms, subject: 'test' });
    await updateCampaign(tx, { campaignId }, { status, subject: 'test' });
    return campaignId;
  });

const dayMs = 86_400_000;
const ended = (daysAgo: number, lateness: CampaignTerms['lateness']) =>
  simpleTerms({
    startAt: new Date(0),
    endAt: new Date(Date.now() - daysAgo * dayMs),
    lateness,
  });

it('reads what is active and may still count events, as it was saved', async () => {
  const quest = questTerms({
    order: 'any',
    steps: [
      { name: 's', action: 'PURCHASE', count: 2, when: { all: [{ name: 'c', when: 'true' }] } },
    ],
  });
  const kept: readonly CampaignTerms[] = [
    simpleTerms({ cohort: 'gold', endAt: new Date('2999-01-01T00:00:00.123Z') }),
    quest.endAt > new Date() ? quest : { ...quest, endAt: new Date('2999-01-01') },
    ended(2, { afterSeconds: 3 * 86_400, policy: 'ignore' }),
    ended(2, { afterSeconds: 86_400, policy: 'count' }),
  ];
  const saved = new Map<string, CampaignTerms>();
  for (const terms of kept) saved.set(await save(terms), terms);
  await save(ended(2, { afterSeconds: 86_400, policy: 'ignore' }));
  await save(kept[0]!, 'PAUSED');
  await save(kept[0]!, 'DRAFT');
  await save(kept[0]!, 'ACTIVE', 'other');

  const read = await index.load('acme');
  expect(read?.tenant).toEqual({ tenantId: 'acme', timeZone: 'Asia/Kolkata', status: 'ACTIVE' });
  expect(new Map(read?.campaigns.map((each) => [each.campaignId, each.terms]))).toEqual(saved);
  expect(read?.campaigns[0]).toMatchObject({ tenantId: 'acme', version: 1, status: 'ACTIVE' });
});

it('reads the newest schema of each action', async () => {
  const insert = (action: string, version: number) => sql`
    insert into actions (tenant_id, action_code, version, description, fields, created_by)
    values ('acme', ${action}, ${version}, ${purchaseSchema.description}, ${sql.json(purchaseSchema.fields)}, 'test')`;
  for (const version of [1, 10, 2]) await insert('PURCHASE', version);
  await insert('LOGIN', 1);
  expect((await index.load('acme'))?.schemas).toEqual(
    new Map([
      ['PURCHASE', { ...purchaseSchema, version: 10 }],
      ['LOGIN', { ...purchaseSchema, action: 'LOGIN' }],
    ]),
  );
});

it('knows no tenant that does not exist', async () => {
  expect(await index.load('nobody')).toBeUndefined();
});

it('reads the campaigns of one action, the first by priority, and no more than may be active', async () => {
  const terms = (priority: number) => simpleTerms({ priority, rule: { action: 'JUMP' } });
  await sql`insert into tenants (tenant_id, name, currency) values ('many', 'Many', 'INR')`;
  const firstId = await save(terms(500), 'ACTIVE', 'many');
  await sql`
    insert into campaigns
      (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, version, created_by)
    select gen_random_uuid(), tenant_id, name, type, start_at, end_at, 'ACTIVE',
      jsonb_set(rule_json, '{priority}', '100'), actions, 1, 'test'
    from campaigns, generate_series(1, ${campaignsPerActionMax + 20}) where campaign_id = ${firstId}`;
  const important = await save(terms(1), 'ACTIVE', 'many');
  const read = await index.load('many', 'JUMP');
  expect(read?.campaigns).toHaveLength(campaignsPerActionMax);
  const ids = read?.campaigns.map(({ campaignId }) => campaignId);
  expect(ids).toContain(important);
  expect(ids).not.toContain(firstId);
  expect((await index.load('many', 'WALK'))?.campaigns).toEqual([]);
});

it('has another revision after every change of campaigns and schemas, and the same otherwise', async () => {
  const revision = async () => (await index.readHead('other'))?.revision ?? 0;
  const before = await revision();
  expect((await index.load('other'))?.revision).toBe(before);
  const campaignId = await save(simpleTerms(), 'ACTIVE', 'other');
  const saved = await revision();
  expect(saved).toBeGreaterThan(before);
  await save(simpleTerms(), 'ACTIVE', 'acme');
  expect(await revision()).toBe(saved);
  await sql`update campaigns set status = 'PAUSED' where campaign_id = ${campaignId}`;
  const paused = await revision();
  expect(paused).toBeGreaterThan(saved);
  await sql`
    insert into actions (tenant_id, action_code, version, description, fields, created_by)
    values ('other', 'RUN', 1, 'Ran', '{}', 'test')`;
  expect(await revision()).toBeGreaterThan(paused);
  expect(await index.readHead('nobody')).toBeUndefined();
});
