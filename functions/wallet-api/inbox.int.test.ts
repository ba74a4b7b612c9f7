import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { sentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { authenticator, authShape } from '#shared/runtime/http/access/auth.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { pushDefaultsStore } from '#shared/stores/postgres/inbox/push-defaults.ts';
import { servedRoutes } from '#shared/testing/served-routes.ts';
import { newMessage } from '#shared/testing/worlds/inbox.ts';
import { walletWorld } from '#shared/testing/worlds/wallet-world.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const {
  ask,
  get,
  post,
  sql,
  routes: all,
} = await walletWorld((clients) => routes({ ...stores(clients), clock: clients.clock }));
const inboxes = inboxStore(sql);
const night = { from: 22, until: 7, then: 'drop' };
const urlOf = (userId: string) => `/api/v1/tenants/acme/customers/${userId}/inbox`;

/** The inbox of a user with five messages. */
const fiveMessages = async (userId: string) => {
  const user = { tenantId: 'acme', userId };
  const appended = await inboxes.append(Array.from({ length: 5 }, () => newMessage(user)));
  return { url: urlOf(userId), appended };
};
type Page = Readonly<{ messages: readonly { id: string; isRead: boolean }[]; nextCursor: string }>;
const ids = ({ body }: Readonly<{ body: unknown }>) =>
  (body as Page).messages.map(({ id, isRead }) => `${id}${isRead ? ' read' : ''}`);

describe('an inbox', () => {
  it('is listed page by page, newest first, with the frames that clients receive', async () => {
    const { url, appended } = await fiveMessages('u-list');
    const first = await get(`${url}?limit=3`);
    expect(ids(first)).toEqual(['5', '4', '3']);
    const next = await get(`${url}?limit=3&cursor=${(first.body as Page).nextCursor}`);
    expect(ids(next)).toEqual(['2', '1']);
    expect(next.body).toMatchObject({
      messages: [{}, { frame: JSON.parse(sentFrame(appended[0]!).text) as object }],
      nextCursor: null,
    });
    expect((await get(urlOf('u-nobody'))).body).toEqual({ messages: [], nextCursor: null });
  });

  it('counts unread messages, and marks one or all up to one as read', async () => {
    const { url } = await fiveMessages('u-read');
    expect((await get(`${url}/unread`)).body).toEqual({ count: 5, isExact: true });
    expect((await post(`${url}/4:read`)).status).toBe(204);
    expect((await post(`${url}/2:read-through`)).status).toBe(204);
    expect((await post(`${url}/1:read-through`)).status).toBe(204);
    expect(ids(await get(url))).toEqual(['5', '4 read', '3', '2 read', '1 read']);
    expect((await get(`${url}/unread`)).body).toEqual({ count: 2, isExact: true });
    expect(await post(`${url}/6:read`)).toMatchObject({
      status: 404,
      body: { code: 'message-not-found' },
    });
    expect((await post(`${url}/0:read`)).status).toBe(400);
  });

  it("has devices and preferences, which default to the tenant's", async () => {
    const { url } = await fiveMessages('u-phone');
    const defaults = { isOn: true, quietHours: null, timeZone: 'Asia/Kolkata', hourlyMax: 10 };
    expect((await get(`${url}/preferences`)).body).toEqual({ ...defaults, setBy: 'PLATFORM' });
    await pushDefaultsStore(sql).set('acme', {
      defaults: { isOn: true, hourlyMax: 4 },
      subject: 'ann',
    });
    const ofTenant = { ...defaults, hourlyMax: 4, setBy: 'TENANT' };
    expect((await get(`${url}/preferences`)).body).toEqual(ofTenant);
    const wanted = { isOn: true, quietHours: night, timeZone: 'Europe/Berlin', hourlyMax: 2 };
    const own = { ...wanted, setBy: 'CUSTOMER' };
    expect((await ask('PUT', `${url}/preferences`, { body: wanted })).body).toEqual(own);
    expect((await get(`${url}/preferences`)).body).toEqual(own);
    const wrong = { ...wanted, timeZone: 'Nowhere', hourlyMax: -1 };
    expect((await ask('PUT', `${url}/preferences`, { body: wrong })).status).toBe(400);

    for (let number = 0; number < 12; number += 1)
      await post(`${url}/devices`, { platform: 'ios', token: `t:${number}` });
    const tokens = async () =>
      (await sql`select token from push_devices where user_id = 'u-phone'`).length;
    expect(await tokens()).toBe(10);
    expect((await ask('DELETE', `${url}/devices?token=t:11`)).status).toBe(204);
    expect(await tokens()).toBe(9);
    await post(`${urlOf('u-next')}/devices`, { platform: 'ios', token: 't:10' });
    expect(await tokens()).toBe(8);
  });

  it('stores the longest token, and refuses a longer one', async () => {
    const url = `${urlOf('u-long')}/devices`;
    const token = randomBytes(3072).toString('base64url');
    const register = async (length: number) =>
      (await post(url, { platform: 'android', token: token.slice(0, length) })).status;
    expect([await register(2048), await register(4096), await register(0)]).toEqual([
      204, 400, 400,
    ]);
  });

  it.each([
    [{ hourlyMax: 101 }, 'hourlyMax: must be a whole number from 0 to 100'],
    [
      { quietHours: { ...night, from: 24 } },
      'quietHours.from: must be a whole number from 0 to 23',
    ],
    [{ quietHours: { ...night, then: 'wait' } }, 'quietHours.then: must be postpone or drop'],
    [
      { quietHours: { ...night, until: night.from } },
      'quietHours.until: must be another hour than from',
    ],
    [{ timeZone: 'Mars/Olympus' }, 'timeZone: must be an IANA time zone such as Asia/Kolkata'],
    [{ timeZone: '+05:30' }, 'timeZone: must be an IANA time zone such as Asia/Kolkata'],
  ])('refuses the preferences %j with the reason', async (changes, reason) => {
    const preferences = { isOn: true, quietHours: night, timeZone: 'UTC', hourlyMax: 2 };
    const body = { ...preferences, ...changes };
    const answer = await ask('PUT', `${urlOf('u-wrong')}/preferences`, { body });
    expect(answer).toMatchObject({ status: 400, body: { detail: `body ${reason}` } });
  });

  it('is closed to a token without a subject', async () => {
    const secret = 'a secret of at least thirty-two characters';
    const authenticate = authenticator(
      readConfig(authShape, { AUTH_JWT_SECRET: secret, ...tokenClaims }),
    );
    const serve = servedRoutes({
      routes: all.filter(({ idempotent }) => !idempotent),
      authenticate,
    });
    const subjects = ['u-1', ''];
    const answers = subjects.map(async (subject) => {
      const token = await issueToken({ secret, tenantId: 'acme', scopes: ['inbox:read'], subject });
      return serve(urlOf('u-1'), { headers: { authorization: `Bearer ${token}` } });
    });
    expect(await Promise.all(answers)).toMatchObject([
      { status: 200 },
      { status: 403, body: { code: 'subject-missing' } },
    ]);
  });

  it("is open to its user's own token and to no other user's", async () => {
    const { url } = await fiveMessages('u-own');
    const own = { bearer: 'acme u-own inbox:read' };
    expect(ids(await get(url, own))).toHaveLength(5);
    expect((await post(`${url}/5:read-through`, {}, own)).status).toBe(204);
    expect((await get(`${url}/unread`, own)).body).toEqual({ count: 0, isExact: true });
    const other = { bearer: 'acme u-other inbox:read' };
    const answers = [
      await get(url, other),
      await get(`${url}/unread`, other),
      await post(`${url}/1:read`, {}, other),
      await post(`${url}/1:read-through`, {}, other),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 403, body: { code: 'inbox-forbidden' } });
    const reader = { bearer: 'acme shop wallet:read' };
    expect((await post(`${url}/1:read`, {}, reader)).status).toBe(403);
  });
});
