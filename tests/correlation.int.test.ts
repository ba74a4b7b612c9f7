import { expect, it } from 'vitest';
import type { Contract } from '#shared/eventing/contract.ts';
import { OrderPlaced, OrderProgressed, OrderRefunded } from '#shared/eventing/contracts/orders.ts';
import { ActionPerformed, ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import { ExpiryTick } from '#shared/eventing/contracts/ticks.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { type EventHandler, parseData } from '#shared/runtime/events/event-handler.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { actionWorld } from '#shared/testing/worlds/action-world.ts';
import { awardWorld } from '#shared/testing/worlds/award-world.ts';
import { campaignDocument, purchaseDocument } from '#shared/testing/worlds/campaign-documents.ts';
import { questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { expiryParts } from '#shared/testing/worlds/expiry-parts.ts';
import { walletWorld } from '#shared/testing/worlds/wallet-world.ts';
import { awardPoints } from '../functions/award-points/handler.ts';
import { routes as cmsRoutes } from '../functions/cms-api/routes.ts';
import { stores as cmsStores } from '../functions/cms-api/stores.ts';
import { evaluateCampaign } from '../functions/evaluate-campaign/handler.ts';
import { expireRewards } from '../functions/expire-rewards/handler.ts';
import { publishOverdue } from '../functions/reconcile-rewards/publish-overdue.ts';
import { routes as walletRoutes } from '../functions/wallet-api/routes.ts';
import { stores as walletStores } from '../functions/wallet-api/stores.ts';

/** The publisher of a process that dies between commit and publish. */
const gone: Publisher = {
  publish: () => Promise.reject(new Error('the process is gone')),
  close: () => Promise.resolve(),
};

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/**
 * What reconcile-rewards publishes later: the types with their correlation, in alphabetical order.
 */
const publishedLater = async (sql: Sql): Promise<readonly string[]> => {
  await sql`update outbox set created_at = now() - interval '1 hour'`;
  const publisher = recordingPublisher();
  await publishOverdue({ outbox: outbox(sql), publisher });
  return publisher.published
    .map((domainEvent) => {
      expect(domainEvent.traceparent).toBe(traceparent);
      return `${domainEvent.type} of ${domainEvent.correlationId}`;
    })
    .toSorted();
};

/** Passes an event to a function that dies before it publishes the resulting events. */
const handleAndDie = async (
  handlers: readonly EventHandler[],
  contract: Contract,
  { of: correlationid, ...data }: Readonly<{ of: string; [field: string]: unknown }>,
): Promise<void> => {
  const handler = handlers.find((candidate) => candidate.contract.type === contract.type);
  const event = { id: correlationid, source: '/test', type: contract.type, data };
  const extensions = { correlationid, traceparent };
  const outcomes = await handler?.handle([parseData(contract, { ...event, extensions })]);
  expect(outcomes).toMatchObject([{ kind: 'done' }]);
};

it('keeps the correlation of what wallet-api committed and did not publish', async () => {
  const { post, reserve, freshCustomer, sql } = await walletWorld((clients) =>
    walletRoutes({ ...walletStores({ ...clients, publisher: gone }), clock: clients.clock }),
  );
  const { url } = await freshCustomer(10, 0, 5);
  const of = (correlationId: string) => ({ correlationId, traceparent });
  await reserve(url, { points: 1, commit: true }, of('shop 1'));
  const { location } = await reserve(url, { points: 1 }, of('shop 2'));
  await post(`${location}:commit`, {}, of('shop 3'));
  await post(`${url}/transfers`, { to: 'c-9', points: 1 }, of('shop 4'));
  await post(`${url}/adjustments`, { points: 1, reason: 'gift' }, of('shop 5'));
  expect(await publishedLater(sql)).toEqual([
    'guerdon.points.adjusted.v1 of shop 5',
    'guerdon.points.redeemed.v1 of shop 1',
    'guerdon.points.redeemed.v1 of shop 3',
    'guerdon.points.transferred.v1 of shop 4',
  ]);
});

it('keeps the correlation of what cms-api committed and did not publish', async () => {
  const { ask, post, base, sql } = await cmsWorld((clients) =>
    cmsRoutes({ ...cmsStores({ ...clients, publisher: gone }), clock: clients.clock }),
  );
  await post(`${base}/programs`, { program: 'points', name: 'Points' });
  await ask('PUT', `${base}/actions/PURCHASE`, { body: purchaseDocument });
  const of = (correlationId: string) => ({ correlationId, traceparent });
  const { location } = await post('/api/v1/campaigns', campaignDocument(), of('console 1'));
  await post(`${location}:copy`, {}, of('console 2'));
  await post(`${location}:activate`, undefined, of('console 3'));
  expect(await publishedLater(sql)).toEqual([
    'guerdon.campaign.changed.v1 of console 1',
    'guerdon.campaign.changed.v1 of console 2',
    'guerdon.campaign.changed.v1 of console 3',
  ]);
});

const day = (date: number) => `2026-12-${String(date).padStart(2, '0')}T00:00:00Z`;

/** award-points and expire-rewards, which die after each commit, for a tenant with tiers. */
const pointsWorld = async (terms: object) => {
  let award: readonly EventHandler[] = [];
  const { createTenant, pod, sql } = await awardWorld((parts) => (award = awardPoints(parts)));
  pod();
  const tenantId = await createTenant({ points: { terms, ladder: {} } });
  const order = { tenantId, customerId: 'c-1', amountMinor: 300_000 };
  const expire = expireRewards({
    ...{ ...expiryParts(sql), publisher: gone },
    clock: () => new Date('2027-12-31T00:00:00Z'),
  });
  return { sql, tenantId, order, award, expire };
};

it('keeps the correlation of what award-points committed and did not publish', async () => {
  const { sql, tenantId, order, award } = await pointsWorld({});
  const place = (of: string, fields: object) =>
    handleAndDie(award, OrderPlaced, { of, ...order, ...fields });
  await place('shop 1', { orderId: 'o-2', placedAt: day(2) });
  await place('shop 2', { orderId: 'o-1', placedAt: day(1) });
  const refund = { tenantId, refundId: 'r-1', orderId: 'o-1', refundedAt: day(3) };
  await handleAndDie(award, OrderRefunded, { of: 'desk', ...refund });
  expect(await publishedLater(sql)).toEqual([
    'guerdon.points.reversed.v1 of desk',
    'guerdon.points.revised.v1 of desk',
    'guerdon.points.revised.v1 of shop 2',
    'guerdon.tier.changed.v1 of desk',
    'guerdon.tier.changed.v1 of shop 1',
    'guerdon.tier.changed.v1 of shop 2',
  ]);
});

it('publishes what came before its order under its own correlation', async () => {
  const pending = { kind: 'event', name: 'delivered' };
  const { sql, tenantId, order, award } = await pointsWorld({ pending });
  const refund = { tenantId, refundId: 'r-1', orderId: 'o-1', refundedAt: day(2) };
  await handleAndDie(award, OrderRefunded, { of: 'desk', ...refund, amountMinor: 200_000 });
  const progress = { tenantId, orderId: 'o-1', progress: 'delivered', at: day(3) };
  await handleAndDie(award, OrderProgressed, { of: 'courier', ...progress });
  const placed = { ...order, orderId: 'o-1', placedAt: day(1) };
  await handleAndDie(award, OrderPlaced, { of: 'shop', ...placed });
  expect(await publishedLater(sql)).toEqual([
    'guerdon.points.released.v1 of courier',
    'guerdon.points.reversed.v1 of desk',
    'guerdon.tier.changed.v1 of desk',
    'guerdon.tier.changed.v1 of shop',
  ]);
});

it('keeps the correlation of what expire-rewards committed and did not publish', async () => {
  const expiry = { kind: 'rolling', days: 30 };
  const pending = { kind: 'delay', days: 1 };
  const { sql, order, award, expire } = await pointsWorld({ expiry, pending });
  const placed = { ...order, orderId: 'o-1', placedAt: day(1) };
  await handleAndDie(award, OrderPlaced, { of: 'shop', ...placed });
  await handleAndDie(expire, ExpiryTick, { of: 'tick' });
  expect(await publishedLater(sql)).toEqual([
    'guerdon.points.expired.v1 of tick',
    'guerdon.points.released.v1 of tick',
    'guerdon.tier.changed.v1 of shop',
    'guerdon.tier.changed.v1 of tick',
  ]);
});

it('keeps the correlation of what evaluate-campaign committed and did not publish', async () => {
  let evaluate: readonly EventHandler[] = [];
  const { sql, createTenant, createCampaign } = await actionWorld(
    (parts) => (evaluate = evaluateCampaign(parts)),
  );
  const tenantId = await createTenant([]);
  await createCampaign(tenantId, simpleTerms({ rule: { action: 'VISIT' } }));
  const steps = [{ name: 'once', action: 'WATCH', count: 1 }];
  await createCampaign(tenantId, questTerms({ order: 'any', withinSeconds: 100, steps }));
  const act = (of: string, fields: object) =>
    handleAndDie(evaluate, ActionPerformed, { of, tenantId, userId: 'u-1', ...fields });
  const occurredAt = '2026-11-21T00:00:00Z';
  await act('app 1', { eventId: 'e-1', action: 'VISIT', occurredAt });
  await act('app 2', { eventId: 'e-2', action: 'WATCH', occurredAt });
  const reversed = { tenantId, reversedEventId: 'e-1', reversedAt: '2026-11-22T00:00:00Z' };
  await handleAndDie(evaluate, ActionReversed, { of: 'desk', ...reversed });
  expect(await publishedLater(sql)).toEqual([
    'guerdon.campaign.qualified.v1 of app 1',
    'guerdon.campaign.qualified.v1 of app 2',
    'guerdon.incentive.reversal-requested.v1 of desk',
  ]);
});
