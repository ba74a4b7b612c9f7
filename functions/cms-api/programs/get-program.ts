import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { programPath } from '../parameters.ts';
import { noProgram } from '../refusals.ts';
import { programAnswer, showProgram } from './program-answer.ts';

/** GET …/programs/{program}: one program. */
export const getProgram = ({ programs }: Pick<Dependencies, 'programs'>) =>
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
