import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { deliveryStore } from './delivery-store.ts';
import { webhookStore } from './webhook-store.ts';

// One connection, as rowsRead requires.
const sql = await testSql({ max: 1 });
await sql`insert into tenants (tenant_id, name, currency, time_zone) values ('acme', 'Acme', 'INR', 'UTC')`;
const store = deliveryStore(sql);

/** The only endpoint, with so many deliveries due. */
const endpoint = async (deliveries: number, ratePerMinute: number | null = null) => {
  const webhookId = randomUUID();
  await sql`update webhooks set status = 'DELETED'`;
  await sql`
    insert into webhooks (webhook_id, tenant_id, url, event_types, status, secret, rate_per_minute, created_by)
    values (${webhookId}, 'acme', 'https://example.com/', '{*}', 'ACTIVE', '', ${ratePerMinute}, 'ann')`;
  await sql`
    insert into webhook_deliveries (webhook_id, event_id, event_type, body, due_at)
    select ${webhookId}, 'e-' || n, 'points.awarded', '{}', now() - interval '1 hour'
    from generate_series(1, ${deliveries}) n`;
  return webhookId;
};
const claim = (webhookId: string, lease = randomUUID()) =>
  store.claim({ webhookId, lease, leaseMs: 60_000, itemsMax: 4 });

it('reads a few deliveries to claim some, however many wait', async () => {
  const webhookId = await endpoint(10_000);
  await sql`analyze webhook_deliveries`;
  const read = await rowsRead(sql, ['webhook_deliveries'], async () => {
    expect((await claim(webhookId))?.deliveries).toHaveLength(4);
  });
  expect(read).toBeLessThan(50);
});

it.each([
  [1, 1],
  [60, 1],
  [180, 3],
  [600, 4],
])(
  'claims at most what an endpoint allows in a second, of %i a minute: %i',
  async (rate, count) => {
    expect((await claim(await endpoint(6, rate)))?.deliveries).toHaveLength(count);
  },
);

it('learns nothing about an endpoint from a response of its former URL', async () => {
  const webhookId = await endpoint(1);
  const lease = randomUUID();
  const { url, deliveries } = (await claim(webhookId, lease))!;
  const moved = { url: 'https://example.org/', eventTypes: ['*'] };
  const key = { tenantId: 'acme', webhookId };
  await webhookStore(sql).update(key, moved, { subject: 'ann', ifRevision: '1' });
  await store.complete({
    ...{ webhookId, url, lease, hasSuccess: false, endpointFailures: 1, pauseMs: 3_600_000 },
    outcomes: deliveries.map(({ eventId }) => ({
      ...{ eventId, status: 'PENDING', inMs: 0 },
      attempt: { at: '2026-11-21T10:00:00Z', ms: 1, status: 503 },
    })),
  });
  expect(await claim(webhookId)).toMatchObject({
    ...{ url: moved.url, isPending: true, failures: 0 },
    deliveries: [{ attempts: 1 }],
  });
});

it('does not take one failure after a pause without deliveries for a failure of days', async () => {
  const webhookId = await endpoint(1);
  await sql`
    update webhooks set failing_since = now() - interval '10 days', next_send_at = now() - interval '9 days'
    where webhook_id = ${webhookId}`;
  const lease = randomUUID();
  const { url } = (await claim(webhookId, lease))!;
  const { failingMs } = await store.complete({
    ...{ webhookId, url, lease, hasSuccess: false, endpointFailures: 1, pauseMs: 0, outcomes: [] },
  });
  expect(failingMs).toBe(0);
});

it('counts from when a delivery could be sent how late it is', async () => {
  const webhookId = await endpoint(1);
  const [late] = await store.due(10);
  expect(late?.dueSeconds).toBeGreaterThan(3_500);
  await sql`update webhooks set next_send_at = now() + interval '1 hour' where webhook_id = ${webhookId}`;
  const [waiting] = await store.due(10);
  expect(waiting?.dueSeconds).toBeLessThan(0);
});

it('records nothing about an erased person, but tiers that have its name', async () => {
  const webhookId = await endpoint(0);
  await sql`
    insert into erased_persons (tenant_id, person)
    values ('acme', person_digest('acme', 'gold'))`;
  const record = (eventId: string, data: object) =>
    store.record([{ webhookId, eventId, eventType: 'x', body: JSON.stringify({ data }) }]);
  await record('own', { userId: 'gold' });
  await record('transferred', { transferId: 't-1', from: 'c-1', to: 'gold' });
  await record('promoted', { customerId: 'c-1', from: null, to: 'gold' });
  const recorded =
    await sql`select event_id from webhook_deliveries where webhook_id = ${webhookId}`;
  expect(recorded.map(({ eventId }) => eventId as string)).toEqual(['promoted']);
});
