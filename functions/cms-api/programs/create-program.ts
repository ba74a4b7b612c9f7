import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { reply } from '#shared/runtime/reply.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { programsMax } from '#shared/stores/postgres/program-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { noTenant } from '../refusals.ts';
import { newProgram, programAnswer, showProgram } from './program-answer.ts';

/** POST …/programs: makes a program, once per request. It pays nothing until a rule of it is activated. */
export const createProgram = ({ programs }: Pick<Dependencies, 'programs'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/programs',
    id: 'createProgram',
    summary: 'Create a program of points or cashback',
    scope: 'cms:write',
    params: tenantPath,
    query: z.object({}),
    body: newProgram,
    idempotent: true,
    status: 201,
    sends: ['location'],
    response: programAnswer,
    problems: {
      404: 'The tenant does not exist',
      409: 'A program with this name already exists, or the tenant has reached its maximum',
    },
    handle: async ({ params: { tenantId }, body, caller, idempotencyKey: requestKey }) => {
      const createdBy = caller.subject;
      const creation = await programs.create({ tenantId, ...body, createdBy, requestKey });
      switch (creation.kind) {
        case 'created': {
          const location = `/api/v1/tenants/${tenantId}/programs/${body.program}`;
          return reply({ headers: { location }, body: showProgram(creation.record) });
        }
        case 'exists':
          throw new HttpProblem(
            409,
            'program-exists',
            `There is a program ${body.program} already`,
          );
        case 'too-many': {
          const detail = `A tenant has at most ${programsMax} programs`;
          throw new HttpProblem(409, 'too-many-programs', detail);
        }
        case 'unknown-tenant':
          throw noTenant(tenantId);
      }
    },
  });
