import { z } from 'zod';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { redeemedFact } from './facts.ts';
import { findProgram } from './find-program.ts';
import { body, points, redemptionPath, walletsUrl } from './parameters.ts';
import { redemptionAnswer, showRedemption } from './redemption-answer.ts';
import { refuse } from './refuse.ts';
import { causeOf } from './request-ids.ts';

const commitment = body({
  points: points(1).optional().describe('Part of the reserved points. Defaults to all of them'),
}).meta({ id: 'Commitment' });

type Access = Pick<Dependencies, 'tenants' | 'wallets' | 'tell' | 'clock'>;

/** POST …/redemptions/{redemptionId}:commit: spends what is reserved, or a part of it. Repeating changes nothing. */
export const commitRedemption = (dependencies: Access) =>
  defineRoute({
    method: 'POST',
    path: `${walletsUrl}/{program}/redemptions/{redemptionId}:commit`,
    id: 'commitRedemption',
    summary: 'Commit a redemption, in full or in part',
    scope: 'wallet:write',
    params: redemptionPath,
    query: z.object({}),
    body: commitment,
    response: redemptionAnswer,
    problems: {
      404: 'The tenant, program or redemption does not exist',
      409: 'redemption-voided, redemption-timed-out, redemption-committed (with a different amount), or more-than-reserved',
    },
    handle: async ({ params, body: { points: part } }) => {
      const { wallets, tell, clock } = dependencies;
      await findProgram(dependencies, params);
      const now = clock();
      const { outcome, ...committed } = await wallets.commit(
        { ...params, points: part, now, cause: causeOf(params.redemptionId) },
        redeemedFact(now),
      );
      await tell(committed);
      if (outcome.kind === 'refused') throw refuse(outcome);
      return showRedemption(outcome.redemption, now);
    },
  });
