import { z } from 'zod';
import type { Caller } from '#shared/runtime/http/access/auth.ts';
import { strict } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { customerProblems, findCustomer } from './customers.ts';
import type { Dependencies } from './dependencies.ts';
import { customerAnswer, showCustomer } from './documents.ts';
import { decisionsTotal } from './metrics.ts';
import { customerPath, customersUrl, reason } from './parameters.ts';

type Merging = Pick<Dependencies, 'customers' | 'noteRead' | 'decisions' | 'afterCommit'>;

const other = strict({
  customerId: z
    .int({ error: 'must be the id of a unified customer' })
    .positive({ error: 'must be the id of a unified customer' })
    .describe('The other customer. The older of the two remains'),
  reason,
});

const refusals = {
  'no-record': [404, 'A record does not exist'],
  'no-customer': [404, 'One of the customers does not exist, or was erased'],
  'same-customer': [400, 'body customerId: must be another customer'],
  'not-merged': [409, 'The customer was not merged into this one'],
  'decided-different': [
    409,
    'Records of the two were decided to belong to different persons; withdraw that decision first',
  ],
  'decided-same': [
    409,
    'Decisions about other records of the two join them; withdraw those decisions first',
  ],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

const refuse = (kind: keyof typeof refusals): HttpProblem => {
  const [status, detail] = refusals[kind];
  return new HttpProblem(status, kind, detail);
};

const problems = {
  ...customerProblems,
  409: 'Decisions about their records contradict the request',
};

type Request = Readonly<{
  params: Readonly<{ tenantId: string; customerId: number }>;
  body: z.output<typeof other>;
  caller: Caller;
}>;

/** Handles a merge or unmerge: commits it, and answers with the customer that remains. */
const decideBy =
  (dependencies: Merging, decision: 'merge' | 'unmerge') =>
  async ({ params: { tenantId, customerId }, body, caller }: Request) => {
    const customers = { tenantId, customerId, otherId: body.customerId };
    const by = { subject: caller.subject, reason: body.reason };
    const { outcome, ...committed } = await dependencies.decisions[decision](customers, by);
    await dependencies.afterCommit(committed);
    if (!('customerId' in outcome)) throw refuse(outcome.kind);
    decisionsTotal.inc({ decision: outcome.kind });
    const remaining = { tenantId, customerId: outcome.customerId };
    return showCustomer(await findCustomer(dependencies, remaining), caller);
  };

/**
 * POST …/{customerId}:merge: merges two customers, with the points and tiers of their accounts. Its
 * response contains personal data, so it is not stored with the request; repeating the request
 * finds the merged customer.
 */
export const mergeCustomers = (dependencies: Merging) =>
  defineRoute({
    method: 'POST',
    path: `${customersUrl}/{customerId}:merge`,
    id: 'mergeUnifiedCustomers',
    summary:
      'Merge another unified customer into this one, with the points and tiers of their accounts',
    scope: 'customer:merge',
    params: customerPath,
    query: z.object({}),
    body: other.meta({ id: 'CustomerMerge' }),
    answersSecret: true,
    response: customerAnswer,
    problems,
    handle: decideBy(dependencies, 'merge'),
  });

/**
 * POST …/{customerId}:unmerge: splits off a merged customer, with the points and tiers of its
 * accounts.
 */
export const unmergeCustomers = (dependencies: Merging) =>
  defineRoute({
    method: 'POST',
    path: `${customersUrl}/{customerId}:unmerge`,
    id: 'unmergeUnifiedCustomers',
    summary: 'Unmerge a customer from this one, with the points and tiers of its accounts',
    scope: 'customer:merge',
    params: customerPath,
    query: z.object({}),
    body: other.meta({ id: 'CustomerUnmerge' }),
    answersSecret: true,
    response: customerAnswer,
    problems,
    handle: decideBy(dependencies, 'unmerge'),
  });
