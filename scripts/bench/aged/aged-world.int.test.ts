import { afterAll, expect, it } from 'vitest';
import { auditLedger, isSound } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { createWorld, tenantId } from '../rows/campaigns/campaign-world.ts';
import { pastRule, turnEverythingOn } from '../rows/orders/engine-terms.ts';
import { fillCampaigns } from './fill-campaigns.ts';
import { fillLedger, pastEndsAt } from './fill-ledger.ts';

const { url } = await testDatabase();
const campaigns = await testDatabase();
const sql = connectPostgres({ url, max: 1 });
const other = connectPostgres({ url: campaigns.url, max: 1 });
afterAll(() => Promise.all([sql.end(), other.end()]));

it('an aged ledger with expired and open lots is sound', async () => {
  await turnEverythingOn(url, pastEndsAt);
  await fillLedger(url, { scale: 0.002, ruleVersion: pastRule.version, expires: true });
  const audit = await auditLedger(sql);
  expect(audit).toMatchObject({ orders: { wrong: 0 }, balances: { wrong: 0 }, lots: { wrong: 0 } });
  expect(audit.orders.examined).toBeGreaterThan(10_000);
  expect(audit.expiries).toMatchObject({ wrong: 0 });
  expect(audit.expiries.examined).toBeGreaterThan(400);
});

it('an aged world of campaigns is sound', async () => {
  await createWorld(campaigns.url);
  await fillCampaigns(campaigns.url, { scale: 0.002, tenantId });
  const audit = await auditLedger(other);
  expect(audit).toSatisfy(isSound);
  expect(audit.rewards).toMatchObject({ examined: 1_200 });
});
