import { z } from 'zod';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { pageQuery } from '#shared/runtime/http/requests/page.ts';
import { writeCursor } from '#shared/runtime/http/requests/parameters.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { erasureAnswer, exportAnswer, showErasure } from './document.ts';

const customersUrl = '/api/v1/tenants/{tenantId}/customers/{customerId}';

const customerPath = tenantPath.extend({ customerId: identifier });

/** The personal data of a customer, who is the user of campaigns under the same id. */
export const customerRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  eraseCustomer(dependencies),
  getErasure(dependencies),
  exportCustomer(dependencies),
];

/**
 * DELETE …/customers/{customerId}: erases the personal data of a customer. From its commit on
 * nothing personal is stored about the customer again. Repeating it continues an erasure that is
 * not completed, and erases what restoring an archive has brought back since.
 */
const eraseCustomer = ({
  tenants,
  erasures,
  erasePerson,
}: Pick<Dependencies, 'tenants' | 'erasures' | 'erasePerson'>) =>
  defineRoute({
    method: 'DELETE',
    path: customersUrl,
    id: 'eraseCustomer',
    summary: "Erase a customer's personal data",
    scope: 'privacy:erase',
    params: customerPath,
    query: z.object({}),
    status: [202, 200],
    response: erasureAnswer,
    problems: { 404: 'The tenant does not exist' },
    handle: async ({ params: { tenantId, customerId: personId }, caller: { subject } }) => {
      if ((await tenants.find(tenantId)) === undefined) throw noTenant(tenantId);
      const person = { tenantId, personId };
      const requested = await erasures.request(person, subject);
      await erasePerson(person);
      const erasure = (await erasures.find(person)) ?? requested;
      return reply({
        status: erasure.completedAt === null ? 202 : 200,
        body: showErasure(erasure),
      });
    },
  });

/** GET …/customers/{customerId}/erasure: how far an erasure has come, with its proof. */
const getErasure = ({ erasures }: Pick<Dependencies, 'erasures'>) =>
  defineRoute({
    method: 'GET',
    path: `${customersUrl}/erasure`,
    id: 'getErasure',
    summary: "Get the erasure of a customer's personal data, with its proof",
    scope: 'privacy:read',
    params: customerPath,
    query: z.object({}),
    response: erasureAnswer,
    problems: { 404: 'No erasure of the customer was requested' },
    handle: async ({ params: { tenantId, customerId: personId } }) => {
      const erasure = await erasures.find({ tenantId, personId });
      if (erasure !== undefined) return showErasure(erasure);
      const detail = `No erasure of customer ${personId} was requested`;
      throw new HttpProblem(404, 'erasure-not-found', detail);
    },
  });

/**
 * GET …/customers/{customerId}/export: what is stored under the id of a customer, apart from
 * progress in quests, usage of caps and webhook deliveries.
 */
const exportCustomer = ({ personalRecords }: Pick<Dependencies, 'personalRecords'>) =>
  defineRoute({
    method: 'GET',
    path: `${customersUrl}/export`,
    id: 'exportCustomer',
    summary: "Export a customer's data; the change log records who requested it",
    scope: 'privacy:read',
    params: customerPath,
    query: pageQuery(z.tuple([z.int().min(0), z.string()])),
    response: exportAnswer,
    handle: async ({
      params: { tenantId, customerId: personId },
      query: { limit, cursor: after },
      caller: { subject },
    }) => {
      const options = { after, limit, subject };
      const { records, next } = await personalRecords.page({ tenantId, personId }, options);
      return { records: [...records], nextCursor: writeCursor(next) };
    },
  });
