import { describe, expect, it } from 'vitest';
import { changeNotices } from '#shared/stores/redis/change-notices.ts';
import { campaignChannel } from '#shared/stores/redis/driver/keys.ts';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, get, base, redis } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
/** Notices take a moment; no test depends on how long. */
const purchase = {
  description: 'Somebody bought something',
  fields: {
    amountMinor: { type: 'int', required: true },
    coupon: { type: 'string', required: false, description: 'A code' },
  },
};
const put = (action: string, body: unknown) => ask('PUT', `${base}/actions/${action}`, { body });

describe('actions', () => {
  it('have a schema whose versions may only add to it', async () => {
    const saved = await put('PURCHASE', purchase);
    const shown = { action: 'PURCHASE', version: 1, ...purchase, createdBy: 'ann' };
    expect(saved).toMatchObject({ status: 200, body: shown });
    expect(await put('PURCHASE', purchase)).toEqual(saved);
    const grown = {
      ...purchase,
      fields: { ...purchase.fields, category: { type: 'string', required: false } },
    };
    expect(await put('PURCHASE', grown)).toMatchObject({ body: { version: 2 } });
    expect(await put('PURCHASE', purchase)).toMatchObject(
      problem(409, 'schema-breaks-clauses', 'fields.category must stay'),
    );
    const changed = {
      ...grown,
      fields: { ...grown.fields, coupon: { type: 'int', required: true } },
    };
    expect(await put('PURCHASE', changed)).toMatchObject(
      problem(409, 'schema-breaks-clauses', 'fields.coupon.type must stay string'),
    );
    expect((await get(`${base}/actions/PURCHASE`)).body).toMatchObject({ version: 2, ...grown });
    expect((await get(`${base}/actions/PURCHASE?version=1`)).body).toEqual(saved.body);
    const none = problem(404, 'action-not-found');
    expect(await get(`${base}/actions/PURCHASE?version=3`)).toMatchObject(none);
    expect(await get(`${base}/actions/OTHER`)).toMatchObject(none);
  });

  it('are listed by code, page by page', async () => {
    for (const action of ['LIST_B', 'LIST_A', 'LIST_C']) await put(action, purchase);
    const codes = ({ body }: Awaited<ReturnType<typeof get>>) =>
      (body['actions'] as { action: string }[]).map(({ action }) => action);
    const first = await get(`${base}/actions?limit=2`);
    expect(codes(first)).toEqual(['LIST_A', 'LIST_B']);
    const next = await get(`${base}/actions?cursor=${String(first.body['nextCursor'])}`);
    expect(codes(next)[0]).toBe('LIST_C');
    expect(next.body['nextCursor']).toBeNull();
  });

  it('notify pods that cache compiled campaigns when they change', async () => {
    const notices = changeNotices(redis, campaignChannel);
    await expect.poll(() => notices.isListening()).toBe(true);
    const before = notices.generation('acme');
    await put('ANNOUNCED', purchase);
    await expect.poll(() => notices.generation('acme')).not.toBe(before);
    await notices.close();
  });

  it.each<[action: string, body: object, words: string]>([
    ['purchase', purchase, 'path parameter action: must be upper-case letters'],
    ['BAD', { fields: {} }, 'body description: is missing'],
    [
      'BAD',
      { ...purchase, fields: { 'a-b': { type: 'int', required: true } } },
      'body fields.a-b: must be named by letters, digits and _',
    ],
    [
      'BAD',
      { ...purchase, fields: { a: { type: 'float', required: true } } },
      'body fields.a.type: must be int, double, string, bool, timestamp or strings',
    ],
    [
      'BAD',
      { ...purchase, fields: { a: { type: 'int' } } },
      'body fields.a.required: must be true or false',
    ],
  ])('are refused as %s with %j by the name of the field', async (action, body, words) => {
    expect(await put(action, body)).toMatchObject(problem(400, 'invalid-request', words));
  });

  it('need a tenant that exists', async () => {
    const bearer = 'nobody ann cms:write';
    const path = '/api/v1/tenants/nobody/actions/PURCHASE';
    expect(await ask('PUT', path, { body: purchase, bearer })).toMatchObject(
      problem(404, 'tenant-not-found'),
    );
  });
});
