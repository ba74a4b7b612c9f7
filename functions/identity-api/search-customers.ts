import { z } from 'zod';
import { body } from '#shared/runtime/http/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { customerAnswer, showCustomer } from './documents.ts';
import { customersUrl, tenantPath } from './parameters.ts';

const text = z.string({ error: 'must be a string' }).max(320, 'must be at most 320 characters');

const searchBody = body({
  phone: text.optional().describe("Without a country code, the number is in the tenant's region"),
  email: text.optional(),
  cardToken: text.optional().describe('Token of a card, as in the records'),
}).meta({ id: 'CustomerSearch' });

/** Customers of one search: a phone that more have is a shop's. */
const foundMax = 100;

/**
 * POST …/unified-customers:search: customers with a phone, e-mail address or card, which are in the
 * body since URLs are logged.
 */
export const searchCustomers = ({
  customers,
  searchKeys,
  noteRead,
}: Pick<Dependencies, 'customers' | 'noteRead' | 'searchKeys'>) =>
  defineRoute({
    method: 'POST',
    path: `${customersUrl}:search`,
    id: 'searchUnifiedCustomers',
    summary: 'Find unified customers by phone, e-mail address or card',
    scope: 'customer:read',
    params: tenantPath,
    query: z.object({}),
    body: searchBody,
    response: z
      .object({ customers: z.array(customerAnswer).max(foundMax) })
      .meta({ id: 'CustomersFound' }),
    handle: async ({ params: { tenantId }, body: query, caller }) => {
      const blockKeys = searchKeys(tenantId, query);
      if (blockKeys.length === 0) {
        const detail = 'body: must have a valid phone number, e-mail address or card token';
        throw new HttpProblem(400, 'invalid-request', detail);
      }
      const found = await customers.search(tenantId, { blockKeys, limit: foundMax });
      const fields = Object.keys(query).toSorted().join(',');
      const resource = `unified-customers:search/${fields}`;
      await noteRead(tenantId, { subject: caller.subject, resource });
      return { customers: found.map((customer) => showCustomer(customer, caller)) };
    },
  });
