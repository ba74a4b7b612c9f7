import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import type { CampaignStatus, CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { purchaseSchema, questTerms, simpleTerms } from '#shared/testing/campaigns.ts';
import { testDatabase } from '#shared/testing/servers.ts';
import { campaignIndex } from './campaign-index.ts';
import { connectPostgres } from './connect.ts';
import { inTransaction } from './transaction.ts';
import { insertCampaign, updateCampaign } from './write-campaign.ts';

const sql = connectPostgres({ url: (await testDatabase()).url, max: 2 });
afterAll(() => sql.end());
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

it('knows no tenant that is not there', async () => {
  expect(await index.load('nobody')).toBeUndefined();
});
