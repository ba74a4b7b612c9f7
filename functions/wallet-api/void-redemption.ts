import { z } from 'zod';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { findProgram } from './find-program.ts';
import { redemptionPath, walletsUrl } from './parameters.ts';
import { redemptionAnswer, showRedemption } from './redemption-answer.ts';
import { refuse } from './refuse.ts';

type Access = Pick<Dependencies, 'tenants' | 'wallets' | 'tell' | 'clock'>;

/** POST …/redemptions/{redemptionId}:void: releases what is reserved. Repeating changes nothing. */
export const voidRedemption = (dependencies: Access) =>
  defineRoute({
    method: 'POST',
    path: `${walletsUrl}/{program}/redemptions/{redemptionId}:void`,
    id: 'voidRedemption',
    summary: 'Void a redemption and release its points',
    scope: 'wallet:write',
    params: redemptionPath,
    query: z.object({}),
    response: redemptionAnswer,
    problems: {
      404: 'The tenant, program or redemption does not exist',
      409: 'redemption-committed: the points were already spent',
    },
    handle: async ({ params }) => {
      const { wallets, tell, clock } = dependencies;
      await findProgram(dependencies, params);
      const now = clock();
      const { outcome, ...committed } = await wallets.void({ ...params, now });
      await tell(committed);
      if (outcome.kind === 'refused') throw refuse(outcome);
      return showRedemption(outcome.redemption, now);
    },
  });
