import { z } from 'zod';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { nextCursor, pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { customerPerson } from '#shared/stores/postgres/customers/customer-record.ts';
import type { Erasure } from '#shared/stores/postgres/privacy/erasures.ts';
import { customerProblems, findCustomer, resourceOf } from './customers.ts';
import type { Dependencies } from './dependencies.ts';
import { customerPath, customersUrl } from './parameters.ts';

const erasureAnswer = z
  .object({
    status: z
      .enum(['PENDING', 'COMPLETED'])
      .describe('PENDING: erased, and erased once more when no record can be in flight'),
    requestedBy: z.string().describe('Subject of the token that requested it'),
    requestedAt: shownInstant,
    completedAt: shownInstant.nullable(),
    proof: z
      .string()
      .nullable()
      .describe('SHA-256 over this erasure and the proof of the one before; null while PENDING'),
  })
  .meta({ id: 'CustomerErasure' });

const showErasure = ({
  requestedBy,
  requestedAt,
  completedAt,
  proof,
}: Erasure): z.output<typeof erasureAnswer> => ({
  status: completedAt === null ? 'PENDING' : 'COMPLETED',
  requestedBy,
  requestedAt: requestedAt.toISOString(),
  completedAt: completedAt?.toISOString() ?? null,
  proof,
});

/**
 * DELETE …/unified-customers/{customerId}: erases a customer with its records and accounts. From
 * its commit on nothing personal is stored about the person under these ids again.
 */
export const eraseCustomer = ({ eraseCustomer: erase }: Pick<Dependencies, 'eraseCustomer'>) =>
  defineRoute({
    method: 'DELETE',
    path: `${customersUrl}/{customerId}`,
    id: 'eraseUnifiedCustomer',
    summary: 'Erase a unified customer, its records, and the personal data of its accounts',
    scope: 'privacy:erase',
    params: customerPath,
    query: z.object({}),
    status: [202, 200],
    response: erasureAnswer,
    problems: { 404: 'The customer does not exist' },
    handle: async ({ params, caller: { subject } }) => {
      const erasure = await erase(params, subject);
      if (erasure === undefined) {
        const detail = `Unified customer ${params.customerId} does not exist`;
        throw new HttpProblem(404, 'customer-not-found', detail);
      }
      const status = erasure.completedAt === null ? 202 : 200;
      return reply({ status, body: showErasure(erasure) });
    },
  });

/** GET …/erasure: how far the erasure of a customer has come, with its proof. */
export const getErasure = ({ findErasure }: Pick<Dependencies, 'findErasure'>) =>
  defineRoute({
    method: 'GET',
    path: `${customersUrl}/{customerId}/erasure`,
    id: 'getUnifiedCustomerErasure',
    summary: 'Get the erasure of a unified customer, with its proof',
    scope: 'privacy:read',
    params: customerPath,
    query: z.object({}),
    response: erasureAnswer,
    problems: { 404: 'No erasure of the customer was requested' },
    handle: async ({ params: { tenantId, customerId } }) => {
      const erasure = await findErasure(customerPerson(tenantId, customerId));
      if (erasure !== undefined) return showErasure(erasure);
      const detail = `No erasure of unified customer ${customerId} was requested`;
      throw new HttpProblem(404, 'erasure-not-found', detail);
    },
  });

const exportAnswer = z
  .object({
    customerId: z.int(),
    details: z.record(z.string(), z.unknown()).nullable(),
    records: z.array(
      z.object({
        source: z.string(),
        recordId: z.string(),
        accountId: z
          .string()
          .nullable()
          .describe('Its other data is exported by exportCustomer of cms-api'),
        changedAt: shownInstant,
        details: z.record(z.string(), z.unknown()).nullable(),
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'UnifiedCustomerExport' });

/** GET …/export: what is stored of a customer and its records, unmasked. */
export const exportCustomer = (dependencies: Pick<Dependencies, 'customers' | 'noteRead'>) =>
  defineRoute({
    method: 'GET',
    path: `${customersUrl}/{customerId}/export`,
    id: 'exportUnifiedCustomer',
    summary: "Export a unified customer's data; the change log records who requested it",
    scope: 'privacy:read',
    params: customerPath,
    query: pageQuery(z.int().min(0)),
    response: exportAnswer,
    problems: customerProblems,
    handle: async ({ params, query: { limit, cursor: after = 0 }, caller: { subject } }) => {
      const { customerId, details } = await findCustomer(dependencies, params);
      const key = { ...params, customerId };
      const found = await dependencies.customers.records(key, { after, limit: limit + 1 });
      const resource = `${resourceOf(key)}/export`;
      await dependencies.noteRead(params.tenantId, { subject, resource });
      const page = toPage(found, limit, ({ recordNo }) => recordNo);
      return {
        customerId,
        details: details ?? null,
        records: page.items.map(({ recordNo: _no, customerId: _own, ...record }) => ({
          ...record,
          changedAt: record.changedAt.toISOString(),
          details: record.details ?? null,
        })),
        nextCursor: page.nextCursor,
      };
    },
  });
