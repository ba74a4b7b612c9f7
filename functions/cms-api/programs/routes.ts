import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import { programsMax } from '#shared/stores/postgres/tenants/program-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { programPath, tenantPath } from '../parameters.ts';
import { noProgram, noTenant } from '../refusals.ts';
import { newProgram, programAnswer, showProgram } from './document.ts';

/** Programs. */
export const programRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  listPrograms(dependencies),
  createProgram(dependencies),
  getProgram(dependencies),
];

/** GET …/programs: all of a tenant's programs; they are few. */
const listPrograms = ({ programs }: Pick<Dependencies, 'programs'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/programs',
    id: 'listPrograms',
    summary: 'List programs by name',
    scope: 'cms:read',
    params: tenantPath,
    query: z.object({}),
    response: z.object({ programs: z.array(programAnswer) }).meta({ id: 'Programs' }),
    handle: async ({ params: { tenantId } }) => ({
      programs: (await programs.list(tenantId)).map(showProgram),
    }),
  });

/**
 * POST …/programs: makes a program, once per request. It pays nothing until a rule of it is
 * activated.
 */
const createProgram = ({ programs }: Pick<Dependencies, 'programs'>) =>
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
          throw new HttpProblem(409, 'program-exists', `Program ${body.program} already exists`);
        case 'too-many': {
          const detail = `A tenant can have at most ${programsMax} programs`;
          throw new HttpProblem(409, 'too-many-programs', detail);
        }
        case 'unknown-tenant':
          throw noTenant(tenantId);
      }
    },
  });

/** GET …/programs/{program}: one program. */
const getProgram = ({ programs }: Pick<Dependencies, 'programs'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/programs/{program}',
    id: 'getProgram',
    summary: 'Get a program',
    scope: 'cms:read',
    params: programPath,
    query: z.object({}),
    response: programAnswer,
    problems: { 404: 'The program does not exist' },
    handle: async ({ params }) => {
      const record = await programs.find(params);
      if (record === undefined) throw noProgram(params);
      return showProgram(record);
    },
  });
