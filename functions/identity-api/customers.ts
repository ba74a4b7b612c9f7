import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { nextCursor, pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { writeCursor } from '#shared/runtime/http/requests/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { StoredCustomer } from '#shared/stores/postgres/customers/customer-reader.ts';
import type { Dependencies } from './dependencies.ts';
import {
  changeAnswer,
  customerAnswer,
  decisionAnswer,
  linkAnswer,
  recordAnswer,
  showChange,
  showCustomer,
  showDecision,
  showLink,
  showRecord,
} from './documents.ts';
import { customerPath, customersUrl, tenantPath } from './parameters.ts';

type Readers = Pick<Dependencies, 'customers' | 'noteRead'>;
type CustomerKey = Readonly<{ tenantId: string; customerId: number }>;

const number = z.int().min(0);

/** Names a customer in the change log. */
export const resourceOf = ({ customerId }: Pick<CustomerKey, 'customerId'>): string =>
  `unified-customers/${customerId}`;

/**
 * The customer of an id, or the one that it was merged into.
 * @throws HttpProblem 404 where there is none, 410 for an erased one
 */
export const findCustomer = async (
  { customers }: Pick<Dependencies, 'customers'>,
  key: CustomerKey,
): Promise<StoredCustomer> => {
  const found = await customers.find(key);
  if (found === undefined) {
    const detail = `Unified customer ${key.customerId} does not exist`;
    throw new HttpProblem(404, 'customer-not-found', detail);
  }
  if (found.erasedAt === null) return found;
  throw new HttpProblem(410, 'customer-erased', `Unified customer ${found.customerId} was erased`);
};

/** What findCustomer may refuse, for the document. */
export const customerProblems = {
  404: 'The customer does not exist',
  410: 'The customer was erased',
};

/** GET …/unified-customers: customers of a tenant, apart from merged and erased ones. */
export const listCustomers = ({ customers, noteRead }: Readers) =>
  defineRoute({
    method: 'GET',
    path: customersUrl,
    id: 'listUnifiedCustomers',
    summary: 'List unified customers',
    scope: 'customer:read',
    params: tenantPath,
    query: pageQuery(number),
    response: z
      .object({ customers: z.array(customerAnswer), nextCursor })
      .meta({ id: 'UnifiedCustomers' }),
    handle: async ({ params: { tenantId }, query: { limit, cursor: after = 0 }, caller }) => {
      const found = await customers.list(tenantId, { after, limit: limit + 1 });
      await noteRead(tenantId, { subject: caller.subject, resource: 'unified-customers' });
      const page = toPage(found, limit, ({ customerId }) => customerId);
      const shown = page.items.map((customer) => showCustomer(customer, caller));
      return { customers: shown, nextCursor: page.nextCursor };
    },
  });

/** GET …/unified-customers/{customerId}: a customer, under its own id or one that was merged. */
export const getCustomer = (dependencies: Readers) =>
  defineRoute({
    method: 'GET',
    path: `${customersUrl}/{customerId}`,
    id: 'getUnifiedCustomer',
    summary: 'Get a unified customer by its id or by the id of a customer that was merged into it',
    scope: 'customer:read',
    params: customerPath,
    query: z.object({}),
    response: customerAnswer,
    problems: customerProblems,
    handle: async ({ params, caller }) => {
      const customer = await findCustomer(dependencies, params);
      const resource = resourceOf(customer);
      await dependencies.noteRead(params.tenantId, { subject: caller.subject, resource });
      return showCustomer(customer, caller);
    },
  });

/** GET …/records: the records of a customer. */
export const listRecords = (dependencies: Readers) =>
  defineRoute({
    method: 'GET',
    path: `${customersUrl}/{customerId}/records`,
    id: 'listCustomerRecords',
    summary: 'List the records of a unified customer',
    scope: 'customer:read',
    params: customerPath,
    query: pageQuery(number),
    response: z
      .object({ records: z.array(recordAnswer), nextCursor })
      .meta({ id: 'CustomerRecords' }),
    problems: customerProblems,
    handle: async ({ params: { tenantId, ...params }, query, caller }) => {
      const { customerId } = await findCustomer(dependencies, { tenantId, ...params });
      const { limit, cursor: after = 0 } = query;
      const key = { tenantId, customerId };
      const found = await dependencies.customers.records(key, { after, limit: limit + 1 });
      const resource = `${resourceOf(key)}/records`;
      await dependencies.noteRead(tenantId, { subject: caller.subject, resource });
      const page = toPage(found, limit, ({ recordNo }) => recordNo);
      const records = page.items.map((record) => showRecord(record, caller));
      return { records, nextCursor: page.nextCursor };
    },
  });

/** GET …/links: why the records of a customer are one person's. */
export const listLinks = (dependencies: Pick<Dependencies, 'customers' | 'links'>) =>
  defineRoute({
    method: 'GET',
    path: `${customersUrl}/{customerId}/links`,
    id: 'listCustomerLinks',
    summary: "List the links and decisions that join a unified customer's records",
    scope: 'customer:read',
    params: customerPath,
    query: pageQuery(z.tuple([number, number])),
    response: z
      .object({
        links: z.array(linkAnswer).describe('Scores, field by field'),
        decisions: z.array(decisionAnswer).describe('Manual decision; no score overrides it'),
        nextCursor,
      })
      .meta({ id: 'CustomerLinks' }),
    problems: customerProblems,
    handle: async ({ params, query: { limit, cursor: [first, second] = [0, 0] } }) => {
      const { tenantId, customerId } = await findCustomer(dependencies, params);
      const key = { tenantId, customerId };
      const [found, decisions] = await Promise.all([
        dependencies.links.links(key, { after: [first, second], limit: limit + 1 }),
        dependencies.links.decisions(key),
      ]);
      const page = toPage(found, limit, ({ a, b }) => [a, b]);
      return {
        links: page.items.map(showLink),
        decisions: decisions.map(showDecision),
        nextCursor: page.nextCursor,
      };
    },
  });

/** GET …/customer-changes: customers that changed since a cursor, each at its last change. */
export const listChanges = ({ customers }: Pick<Dependencies, 'customers'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/customer-changes',
    id: 'listCustomerChanges',
    summary: 'List unified customers by their last change, oldest first',
    scope: 'customer:read',
    params: tenantPath,
    query: pageQuery(number),
    response: z
      .object({
        changes: z.array(changeAnswer),
        nextCursor: z
          .string()
          .nullable()
          .describe(
            'Cursor of the next changes, even if there are none yet; null before the first change',
          ),
      })
      .meta({ id: 'CustomerChanges' }),
    handle: async ({ params: { tenantId }, query: { limit, cursor: after = 0 } }) => {
      const changes = await customers.changes(tenantId, { after, limit });
      const last = changes.at(-1)?.changeNo ?? after;
      const next = last === 0 ? null : writeCursor(last);
      return { changes: changes.map(showChange), nextCursor: next };
    },
  });
