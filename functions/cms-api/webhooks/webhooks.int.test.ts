import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { deliveryStore } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import { changeNotices } from '#shared/stores/redis/change-notices.ts';
import { webhookChannel } from '#shared/stores/redis/driver/keys.ts';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, get, post, sql, redis, base, stranger, published, world } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const url = '/api/v1/webhooks';
const terms = { url: 'https://hooks.example.com/guerdon', eventTypes: ['points.*'] };
const isSecret = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) as string;

/** Each test has its own endpoint. */
const fresh = async (fields: object = {}) => {
  const made = await post(url, { ...terms, ...fields });
  const webhookId = String(made.body['webhookId']);
  const path = `${url}/${webhookId}`;
  return { made, webhookId, path, secret: String(made.body['secret']) };
};
const activate = async (webhookId: string) => {
  const allowed = { url: terms.url, ratePerMinute: undefined };
  await deliveryStore(sql).activate(webhookId, allowed);
};
const changesOf = async (webhookId: string) => {
  const rows = await sql<{ action: string }[]>`
    select action from audit_log where starts_with(resource, ${`webhooks/${webhookId}`}) order by audit_no`;
  return rows.map(({ action }) => action);
};
const handshakes = (webhookId: string) => sql`
  select status from webhook_deliveries where webhook_id = ${webhookId} and kind = 'HANDSHAKE'`;

describe('webhooks', () => {
  it('are created once per request, with a secret that no table has in plain text', async () => {
    const body = { ...terms, description: 'The shop' };
    const made = await post(url, body, { key: 'w-1' });
    const { webhookId, secret } = made.body;
    const shown = { ...body, webhookId, status: 'PENDING', createdBy: 'ann', failingSince: null };
    expect(made).toMatchObject({
      status: 201,
      location: `${url}/${String(webhookId)}`,
      etag: '"1"',
      body: { ...shown, secret: isSecret },
    });
    expect(await post(url, body, { key: 'w-1' })).toEqual(made);
    expect(await post(url, terms, { key: 'w-1' })).toMatchObject(problem(409, 'webhook-exists'));
    const found = await get(`${url}/${String(webhookId)}`);
    expect(found).toMatchObject({ status: 200, etag: '"1"', body: shown });
    expect(found.body).not.toHaveProperty('secret');
    expect(await handshakes(String(webhookId))).toEqual([{ status: 'PENDING' }]);
    expect(await changesOf(String(webhookId))).toEqual(['webhook.created']);
    const tables = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`;
    for (const { name } of tables) {
      const hits =
        await sql`select from ${sql(name)} row where strpos(row::text, ${String(secret)}) > 0`;
      expect(hits.count, name).toBe(0);
    }
  });

  it('are created once when a request arrives many times at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post(url, terms, { key: 'w-at-once' })),
    );
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('show their secret to a repeated request, also once the endpoint has allowed deliveries', async () => {
    const made = await post(url, terms, { key: 'w-allowed' });
    await activate(String(made.body['webhookId']));
    expect(await post(url, terms, { key: 'w-allowed' })).toMatchObject({
      status: 201,
      body: { ...made.body, status: 'ACTIVE' },
    });
  });

  it('notify deliver-webhook, also while the Broker refuses', async () => {
    const notices = changeNotices(redis, webhookChannel);
    await expect.poll(() => notices.isListening()).toBe(true);
    const before = notices.generation('acme');
    const { webhookId } = await fresh();
    await expect.poll(() => notices.generation('acme')).not.toBe(before);
    expect(published.at(-1)).toMatchObject({
      type: 'guerdon.webhook.send-requested.v1',
      data: { tenantId: 'acme', webhookId },
    });
    await notices.close();
    world.brokerIsDown = true;
    expect((await fresh()).made).toMatchObject({ status: 201 });
    world.brokerIsDown = false;
  });

  it.each([
    [{ url: 'http://example.com/' }, 'body url: must begin with https://'],
    [{ url: 'https://169.254.169.254/latest' }, 'body url: must have a public address'],
    [{ url: 'https://redis/' }, 'body url: must have a public host name'],
    [{ url: 'https://a:b@example.com/' }, 'body url: must not contain credentials'],
    [{ url: 'https://exa mple.com' }, 'body url: must be 1 to 2000 printable ASCII'],
    [{ eventTypes: [] }, 'body eventTypes: must be a list of 1 to 50'],
    [{ eventTypes: ['orders.*'] }, 'body eventTypes.0: must be *, points.*, tier.*'],
    [{ secret: 'mine' }, 'body: has no field secret'],
  ])('are refused with %j by the name of the field', async (fields, words) => {
    const body = { ...terms, ...fields };
    expect(await post(url, body)).toMatchObject(problem(400, 'invalid-request', words));
    const { path } = await fresh();
    expect(await ask('PUT', path, { body, ifMatch: '"1"' })).toMatchObject(
      problem(400, 'invalid-request', words),
    );
    await ask('DELETE', path);
  });

  it('are updated by their ETag, and asked for permission again only at another URL', async () => {
    const { path, webhookId } = await fresh();
    await activate(webhookId);
    await sql`delete from webhook_deliveries where webhook_id = ${webhookId}`;
    const body = { ...terms, eventTypes: ['*'] };
    expect(await ask('PUT', path, { body })).toMatchObject(problem(428, 'if-match-missing'));
    expect(await ask('PUT', path, { body, ifMatch: '"7"' })).toMatchObject(
      problem(412, 'webhook-changed'),
    );
    const changed = await ask('PUT', path, { body, ifMatch: '"2"' });
    expect(changed).toMatchObject({ etag: '"3"', body: { ...body, status: 'ACTIVE' } });
    expect(await handshakes(webhookId)).toEqual([]);
    const moved = { ...body, url: 'https://hooks.example.org/' };
    expect(await ask('PUT', path, { body: moved, ifMatch: '"3"' })).toMatchObject({
      body: { ...moved, status: 'PENDING' },
    });
    expect(await handshakes(webhookId)).toEqual([{ status: 'PENDING' }]);
    expect(await changesOf(webhookId)).toEqual([
      'webhook.created',
      'webhook.activated',
      'webhook.updated',
      'webhook.updated',
    ]);
  });

  it('sign with both secrets for a day after a rotation, which happens once per request', async () => {
    const { path, webhookId, secret } = await fresh();
    const rotated = await post(`${path}:rotate-secret`, {}, { key: 'r-1' });
    expect(rotated).toMatchObject({ status: 200, etag: '"2"', body: { secret: isSecret } });
    expect(rotated.body['secret']).not.toBe(secret);
    expect(await post(`${path}:rotate-secret`, {}, { key: 'r-1' })).toEqual(rotated);
    const [row] = await sql<{ now: string; before: string; left: number }[]>`
      select secret as now, previous_secret as before,
        round(extract(epoch from previous_secret_until - now()) / 3600)::integer as left
      from webhooks where webhook_id = ${webhookId}`;
    const { open } = secretBox([{ id: 'test', bytes: Buffer.alloc(32, 7) }]);
    expect(open(row?.now ?? '', webhookId)).toBe(rotated.body['secret']);
    expect(open(row?.before ?? '', webhookId)).toBe(secret);
    expect(row?.left).toBe(24);
    expect(await changesOf(webhookId)).toEqual(['webhook.created', 'webhook.secret-rotated']);
  });

  it('are not rotated again by a request that arrives once more after the next one', async () => {
    const { path } = await fresh();
    await post(`${path}:rotate-secret`, {}, { key: 'late-1' });
    const second = await post(`${path}:rotate-secret`, {}, { key: 'late-2' });
    expect(await post(`${path}:rotate-secret`, {}, { key: 'late-1' })).toMatchObject(
      problem(409, 'secret-rotated'),
    );
    expect(await post(`${path}:rotate-secret`, {}, { key: 'late-2' })).toEqual(second);
  });

  it('are enabled again on request', async () => {
    const { path, webhookId } = await fresh();
    await sql`
      update webhooks set status = 'DISABLED', disabled_reason = 'gone', failures = 9, failing_since = now()
      where webhook_id = ${webhookId}`;
    expect((await get(path)).body).toMatchObject({ status: 'DISABLED', disabledReason: 'gone' });
    expect((await post(`${path}:enable`)).body).toMatchObject({
      status: 'PENDING',
      disabledReason: null,
      failingSince: null,
    });
    expect(await handshakes(webhookId)).toEqual([{ status: 'PENDING' }]);
    await activate(webhookId);
    expect((await post(`${path}:enable`)).body).toMatchObject({ status: 'ACTIVE' });
  });

  it('get a test event once per request while they are active', async () => {
    const { path, webhookId } = await fresh();
    expect(await post(`${path}:test`)).toMatchObject(problem(409, 'webhook-not-active', 'PENDING'));
    await activate(webhookId);
    const sent = await post(`${path}:test`, {}, { key: 't-1' });
    expect(sent).toMatchObject({ status: 202 });
    await sql`delete from idempotent_requests where key = 't-1'`;
    expect(await post(`${path}:test`, {}, { key: 't-1' })).toEqual(sent);
    const { deliveries } = (await get(`${path}/deliveries?status=PENDING`)).body;
    expect((deliveries as { eventType: string }[]).map(({ eventType }) => eventType)).toEqual([
      'webhook.test',
      'webhook.handshake',
    ]);
  });

  it('exist for their tenant only', async () => {
    const { path } = await fresh();
    const none = problem(404, 'webhook-not-found');
    const bearer = stranger;
    expect(await get(path, { bearer })).toMatchObject(none);
    expect(await ask('PUT', path, { bearer, body: terms, ifMatch: '"1"' })).toMatchObject(none);
    expect(await ask('DELETE', path, { bearer })).toMatchObject(none);
    for (const verb of ['rotate-secret', 'enable', 'test', 'redrive'])
      expect(await post(`${path}:${verb}`, {}, { bearer })).toMatchObject(none);
    expect(await get(`${path}/deliveries`, { bearer })).toMatchObject(none);
    expect((await get(url, { bearer })).body).toEqual({ webhooks: [], nextCursor: null });
  });

  it('are listed page by page, at most twenty per tenant, and removed once deleted', async () => {
    const bearer = 'other eve cms:read cms:write';
    const made = [];
    for (let n = 0; n < 20; n += 1) made.push(await post(url, terms, { bearer }));
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]));
    expect(await post(url, terms, { bearer })).toMatchObject(problem(409, 'too-many-webhooks'));
    const first = (await get(`${url}?limit=15`, { bearer })).body;
    const next = (await get(`${url}?cursor=${String(first['nextCursor'])}`, { bearer })).body;
    const ids = [first, next].flatMap(({ webhooks }) => webhooks as { webhookId: string }[]);
    expect(new Set(ids.map(({ webhookId }) => webhookId)).size).toBe(20);
    const path = `${url}/${String(ids[0]?.webhookId)}`;
    expect(await ask('DELETE', path, { bearer })).toMatchObject({ status: 204 });
    expect(await get(path, { bearer })).toMatchObject(problem(404, 'webhook-not-found'));
    expect(await post(url, terms, { bearer })).toMatchObject({ status: 201 });
  });

  it('need a tenant that exists', async () => {
    const bearer = 'nobody ann cms:write';
    expect(await post(url, terms, { bearer })).toMatchObject(problem(404, 'tenant-not-found'));
    expect(await get(base)).toMatchObject({ status: 200 });
  });
});

describe('deliveries', () => {
  const record = async (webhookId: string, count: number, status: string) => {
    await sql`
      insert into webhook_deliveries (webhook_id, event_id, event_type, body, status, created_at, log, attempts)
      select ${webhookId}, 'e-' || n, 'points.awarded', '{}', ${status}, now() - n * interval '1 minute',
        '[{"at": "2026-11-21T10:00:00.000Z", "ms": 12, "status": 500}]', 1
      from generate_series(1, ${count}) n`;
  };

  it('are listed by status with their attempts, page by page', async () => {
    const { path, webhookId } = await fresh();
    await record(webhookId, 3, 'FAILED');
    const first = (await get(`${path}/deliveries?limit=2`)).body;
    expect(first['deliveries']).toMatchObject([
      {
        eventId: 'e-1',
        status: 'FAILED',
        attempts: 1,
        nextAttemptAt: null,
        log: [{ ms: 12, status: 500 }],
      },
      { eventId: 'e-2' },
    ]);
    const next = await get(`${path}/deliveries?cursor=${String(first['nextCursor'])}`);
    expect(next.body).toMatchObject({ deliveries: [{ eventId: 'e-3' }], nextCursor: null });
    expect((await get(`${path}/deliveries?status=DELIVERED`)).body['deliveries']).toEqual([]);
    expect(await get(`${path}/deliveries?status=LOST`)).toMatchObject(
      problem(400, 'invalid-request', 'PENDING, DELIVERED or FAILED'),
    );
  });

  it('are due again when redriven, one or all that failed', async () => {
    const { path, webhookId } = await fresh();
    await record(webhookId, 3, 'FAILED');
    expect(await post(`${path}/deliveries/e-2:redrive`)).toMatchObject({
      status: 202,
      body: { redriven: 1 },
    });
    expect(await post(`${path}/deliveries/e-2:redrive`)).toMatchObject(
      problem(409, 'delivery-not-failed'),
    );
    expect((await post(`${path}:redrive`)).body).toEqual({ redriven: 2 });
    expect((await post(`${path}:redrive`)).body).toEqual({ redriven: 0 });
    const due = await sql`
      select from webhook_deliveries where webhook_id = ${webhookId} and status = 'PENDING' and kind = 'EVENT'
        and due_at <= now() and retry_until > now() + interval '2 days' and attempts = 0`;
    expect(due.count).toBe(3);
    expect(await changesOf(webhookId)).toEqual([
      'webhook.created',
      'webhook-deliveries.redriven',
      'webhook-deliveries.redriven',
    ]);
    expect(await post(`${url}/${randomUUID()}:redrive`)).toMatchObject(
      problem(404, 'webhook-not-found'),
    );
  });
});
