import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { testClosedOperations } from '#shared/testing/closed-operations.ts';
import { newMessage } from '#shared/testing/worlds/inbox.ts';
import { walletWorld } from '#shared/testing/worlds/wallet-world.ts';
import openapi from '../../docs/api/wallet-api.openapi.json' with { type: 'json' };
import { routes as compose } from './routes.ts';
import { stores } from './stores.ts';

const { routes, sql, freshCustomer, reserve } = await walletWorld((clients) =>
  compose({ ...stores(clients), clock: clients.clock }),
);
await sql`
  insert into tenants (tenant_id, name, currency, time_zone) values ('other', 'Other', 'INR', 'UTC')`;
await sql`
  insert into programs (tenant_id, program, name, unit) values ('other', 'points', 'Points', 'POINTS')`;

const wallet = async () => {
  const { customerId } = await freshCustomer(10, 20, 30);
  return { customerId, program: 'points' };
};
const redemption = async (body?: unknown) => {
  const { customerId, url } = await freshCustomer(10, 20, 30);
  const made = await reserve(url, { points: 5 });
  return { path: { customerId, program: 'points', redemptionId: made.body.redemptionId }, body };
};
const inboxOf = async () => {
  const { customerId } = await freshCustomer(0, 0, 0);
  await inboxStore(sql).append([newMessage({ tenantId: 'acme', userId: customerId })]);
  return { customerId };
};
const message = async () => ({ path: { ...(await inboxOf()), messageId: '1' } });
const ofWallet = async (body?: unknown) => ({ path: await wallet(), body });

testClosedOperations({
  openapi,
  routes,
  sql,
  examples: {
    listWallets: ofWallet,
    getWallet: ofWallet,
    getStatement: ofWallet,
    listLots: ofWallet,
    reservePoints: () => ofWallet({ points: 5 }),
    getRedemption: () => redemption(),
    commitRedemption: () => redemption({}),
    voidRedemption: () => redemption(),
    transferPoints: () => ofWallet({ to: 'c-friend', points: 5 }),
    adjustPoints: () => ofWallet({ points: 5, reason: 'a present' }),
    listMessages: async () => ({ path: await inboxOf() }),
    countUnreadMessages: async () => ({ path: await inboxOf() }),
    markMessageRead: message,
    markMessagesReadThrough: message,
    addDevice: async () => ({
      path: await inboxOf(),
      body: { platform: 'ios', token: 'token-1' },
    }),
    removeDevice: async () => ({ path: await inboxOf(), query: '?token=token-1' }),
    getPushPreferences: async () => ({ path: await inboxOf() }),
    putPushPreferences: async () => ({
      path: await inboxOf(),
      body: { isOn: false, quietHours: null, timeZone: 'UTC', hourlyMax: 1 },
    }),
  },
});
