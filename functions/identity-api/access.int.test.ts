import { testClosedOperations } from '#shared/testing/closed-operations.ts';
import { identityWorld } from '#shared/testing/worlds/identity-world.ts';
import openapi from '../../docs/api/identity-api.openapi.json' with { type: 'json' };
import { routes as compose } from './routes.ts';
import { stores } from './stores.ts';

const { routes, sql, person, ask, base } = await identityWorld((clients) =>
  compose(stores(clients)),
);

const customer = async (body?: unknown) => ({
  path: { customerId: String((await person()).customerId) },
  body,
});
const records = async () => {
  const { customerId } = await person();
  const rows = await sql<{ recordNo: number }[]>`
    select record_no from customer_records where customer_id = ${customerId} order by record_no`;
  const [a = '', b = ''] = rows.map(({ recordNo }) => String(recordNo));
  return { a, b };
};
const merged = async () => {
  const [one, other] = [await person(), await person()];
  const path = `${base}/unified-customers/${one.customerId}:merge`;
  await ask('POST', path, { body: { customerId: other.customerId, reason: 'the same' } });
  return { one, other };
};

testClosedOperations({
  openapi,
  routes,
  sql,
  examples: {
    listUnifiedCustomers: () => customer(),
    searchUnifiedCustomers: async () => ({ body: { phone: (await person()).phone } }),
    getUnifiedCustomer: () => customer(),
    listCustomerRecords: () => customer(),
    listCustomerLinks: () => customer(),
    listCustomerChanges: () => customer(),
    listLinkReviews: () => customer(),
    decideLink: async () => ({
      path: await records(),
      body: { decided: 'SAME', reason: 'same passport' },
    }),
    withdrawLinkDecision: async () => ({ path: await records(), query: '?reason=a%20mistake' }),
    mergeUnifiedCustomers: async () => {
      const { customerId } = await person();
      return customer({ customerId, reason: 'same passport' });
    },
    unmergeUnifiedCustomers: async () => {
      const { one, other } = await merged();
      return {
        path: { customerId: String(one.customerId) },
        body: { customerId: other.customerId, reason: 'two sisters' },
      };
    },
    eraseUnifiedCustomer: () => customer(),
    getUnifiedCustomerErasure: async () => {
      const erased = await customer();
      await ask('DELETE', `${base}/unified-customers/${erased.path.customerId}`);
      return erased;
    },
    exportUnifiedCustomer: () => customer(),
  },
});
