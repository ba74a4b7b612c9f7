import { z } from 'zod';
import { reply } from '#shared/runtime/reply.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { programPath } from '../parameters.ts';
import { noProgram } from '../refusals.ts';
import { ladderAnswer, showLadder } from './ladder-answer.ts';
import { newLadder } from './ladder-document.ts';

/** POST …/tiers: saves a new version, once per request. It is a draft that pays nothing, and its terms never change. */
export const createLadder = ({ ladders, clock }: Pick<Dependencies, 'ladders' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/tiers',
    id: 'createTiers',
    summary: 'Create a version of the tiers as a draft',
    scope: 'cms:write',
    params: programPath,
    query: z.object({}),
    body: newLadder,
    idempotent: true,
    status: 201,
    sends: ['location'],
    response: ladderAnswer,
    problems: { 404: 'The program does not exist' },
    handle: async ({ params, body, caller, idempotencyKey: requestKey }) => {
      const draft = { ...body, createdBy: caller.subject, requestKey };
      const stored = await ladders.draft(params, draft);
      if (stored === undefined) throw noProgram(params);
      const { tenantId, program } = params;
      const location = `/api/v1/tenants/${tenantId}/programs/${program}/tiers/${stored.version}`;
      return reply({ headers: { location }, body: showLadder(stored, clock()) });
    },
  });
