import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { programAnswer, showProgram } from './program-answer.ts';

/** GET …/programs: all of a tenant's programs; they are few. */
export const listPrograms = ({ programs }: Pick<Dependencies, 'programs'>) =>
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
