import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { findProgram } from './find-program.ts';
import { redemptionPath, walletsUrl } from './parameters.ts';
import { redemptionAnswer, showRedemption } from './redemption-answer.ts';

/** GET …/redemptions/{redemptionId}: a redemption as it stands. */
export const getRedemption = (dependencies: Pick<Dependencies, 'tenants' | 'reader' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: `${walletsUrl}/{program}/redemptions/{redemptionId}`,
    id: 'getRedemption',
    summary: 'Get a redemption',
    scope: 'wallet:read',
    params: redemptionPath,
    query: z.object({}),
    response: redemptionAnswer,
    problems: { 404: 'The tenant, program or redemption does not exist' },
    handle: async ({ params }) => {
      await findProgram(dependencies, params);
      const redemption = await dependencies.reader.redemption(params);
      if (redemption !== undefined) return showRedemption(redemption, dependencies.clock());
      const detail = `Customer ${params.customerId} has no redemption ${params.redemptionId} in this wallet`;
      throw new HttpProblem(404, 'redemption-not-found', detail);
    },
  });
