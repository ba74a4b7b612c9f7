import { z } from 'zod';
import { reply } from '#shared/runtime/http/reply.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { redeemedFact } from './facts.ts';
import { findProgram } from './find-program.ts';
import { body, points, reference, walletPath, walletsUrl } from './parameters.ts';
import { redemptionAnswer, showRedemption } from './redemption-answer.ts';
import { refuse } from './refuse.ts';
import { causeOf, requestId } from './request-ids.ts';

const timeoutSecondsMax = 86_400;

const newRedemption = body({
  points: points(1),
  reference,
  timeoutSeconds: z
    .int()
    .min(1)
    .max(timeoutSecondsMax, `must be at most ${timeoutSecondsMax}`)
    .default(900)
    .describe('How long the points stay reserved'),
  commit: z.boolean().default(false).describe('true redeems the points at once'),
}).meta({ id: 'NewRedemption' });

type Access = Pick<Dependencies, 'tenants' | 'wallets' | 'tell' | 'clock'>;

/** POST …/redemptions: reserves points, or spends them at once; once per key, and never more than there are. */
export const reservePoints = (dependencies: Access) =>
  defineRoute({
    method: 'POST',
    path: `${walletsUrl}/{program}/redemptions`,
    id: 'reservePoints',
    summary: 'Reserve points, or redeem them at once',
    scope: 'wallet:write',
    params: walletPath,
    query: z.object({}),
    body: newRedemption,
    idempotent: true,
    status: 201,
    sends: ['location'],
    response: redemptionAnswer,
    problems: {
      404: 'The tenant or program does not exist',
      409: 'insufficient-points: detail says how many can be spent',
    },
    handle: async ({ params: wallet, body: request, caller: { subject }, idempotencyKey: key }) => {
      const { wallets, tell, clock } = dependencies;
      await findProgram(dependencies, wallet);
      const now = clock();
      const redemptionId = requestId('redemption', { wallet, subject, key });
      const timesOutAt = new Date(now.getTime() + request.timeoutSeconds * 1_000);
      const { outcome, ...committed } = await wallets.reserve(
        {
          ...wallet,
          redemptionId,
          points: request.points,
          reference: request.reference,
          createdBy: subject,
          timesOutAt,
          commit: request.commit,
          now,
          cause: causeOf(redemptionId),
        },
        redeemedFact(now),
      );
      await tell(committed);
      if (outcome.kind === 'refused') throw refuse(outcome);
      const location = `/api/v1/tenants/${wallet.tenantId}/customers/${encodeURIComponent(wallet.customerId)}/wallets/${wallet.program}/redemptions/${redemptionId}`;
      return reply({ headers: { location }, body: showRedemption(outcome.redemption, now) });
    },
  });
