import { z } from 'zod';
import { strict } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import { cursorTo, writeCursor } from '#shared/runtime/http/requests/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { customerAnswer, showCustomer } from './documents.ts';
import { customersUrl, tenantPath } from './parameters.ts';

const text = z.string({ error: 'must be a string' }).max(320, 'must be at most 320 characters');

const searchBody = strict({
  phone: text
    .optional()
    .describe(
      'Without a country code, the number is in the region of the installation (PHONE_REGION)',
    ),
  email: text.optional(),
  cardToken: text.optional().describe('Token of a card, as in the records'),
}).meta({ id: 'CustomerSearch' });

/** Records whose customers a page has: a phone that more records share is a shop's. */
const pageRecords = 100;

/**
 * POST …/unified-customers:search: customers with a phone, e-mail address or card, which are in the
 * body since URLs are logged. Where many records share it, a page has the customers of the next
 * hundred; a customer may be on two pages.
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
    query: z.object({ cursor: cursorTo(z.int()) }),
    body: searchBody,
    response: z
      .object({ customers: z.array(customerAnswer).max(pageRecords), nextCursor })
      .meta({ id: 'CustomersFound' }),
    handle: async ({ params: { tenantId }, query: { cursor: after = 0 }, body: query, caller }) => {
      const blockKeys = searchKeys(tenantId, query);
      if (blockKeys.length === 0) {
        const detail = 'body: must have a valid phone number, e-mail address or card token';
        throw new HttpProblem(400, 'invalid-request', detail);
      }
      const page = { blockKeys, after, limit: pageRecords };
      const { customers: found, next } = await customers.search(tenantId, page);
      const fields = Object.keys(query).toSorted().join(',');
      const resource = `unified-customers:search/${fields}`;
      await noteRead(tenantId, { subject: caller.subject, resource });
      return {
        customers: found.map((customer) => showCustomer(customer, caller)),
        nextCursor: writeCursor(next),
      };
    },
  });
