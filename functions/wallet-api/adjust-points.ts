import { z } from 'zod';
import { instant } from '#shared/eventing/contracts/fields.ts';
import { lotIdOf } from '#shared/eventing/lot-id.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { adjustedFact } from './facts.ts';
import { findProgram } from './find-program.ts';
import { lotPartsAnswer, showLotParts } from './lot-parts.ts';
import { body, line, signedPoints, walletPath, walletsUrl } from './parameters.ts';
import { refuse } from './refuse.ts';
import { causeOf, requestId } from './request-ids.ts';

const newAdjustment = body({
  points: signedPoints.describe('Points to credit if positive, to debit if negative'),
  reason: line(200).describe('Reason, shown on the statement and in the change log'),
  expiresAt: instant.optional().describe('When credited points expire. Defaults to never'),
  allowNegative: z.boolean().default(false).describe('true allows the balance to go negative'),
}).meta({ id: 'NewAdjustment' });

const adjustmentAnswer = z
  .object({
    adjustmentId: z.uuid(),
    customerId: z.string(),
    program: z.string(),
    points: z.int(),
    reason: z.string(),
    adjustedBy: z.string(),
    lots: lotPartsAnswer,
    adjustedAt: z.iso.datetime(),
  })
  .meta({ id: 'Adjustment' });

type Access = Pick<Dependencies, 'tenants' | 'wallets' | 'tell' | 'clock'>;

/** POST …/adjustments: gives or takes points by hand, under the name of who does it; once per key. */
export const adjustPoints = (dependencies: Access) =>
  defineRoute({
    method: 'POST',
    path: `${walletsUrl}/{program}/adjustments`,
    id: 'adjustPoints',
    summary: 'Adjust a wallet manually',
    scope: 'wallet:adjust',
    params: walletPath,
    query: z.object({}),
    body: newAdjustment,
    idempotent: true,
    status: 201,
    response: adjustmentAnswer,
    problems: {
      404: 'The tenant or program does not exist',
      409: 'insufficient-points: detail says how many can be debited without allowNegative; wallet-full',
    },
    handle: async ({
      params: wallet,
      body: request,
      caller: { subject: by },
      idempotencyKey: key,
    }) => {
      const { wallets, tell, clock } = dependencies;
      await findProgram(dependencies, wallet);
      const now = clock();
      const { points, reason, allowNegative, expiresAt } = request;
      requireUsableExpiry(request, now);
      const adjustmentId = requestId('adjustment', { wallet, subject: by, key });
      const lot = { lotId: lotIdOf(wallet, expiresAt), expiresAt };
      const cause = causeOf(adjustmentId);
      const adjustment = { adjustmentId, wallet, points, reason, by, lot, allowNegative, cause };
      const { outcome, ...committed } = await wallets.adjust({ ...adjustment, now }, () =>
        adjustedFact(adjustment, now),
      );
      await tell(committed);
      if (outcome.kind === 'refused') throw refuse(outcome);
      return {
        adjustmentId,
        customerId: wallet.customerId,
        program: wallet.program,
        points,
        reason,
        adjustedBy: by,
        lots: showLotParts(outcome.entries, 1),
        adjustedAt: (outcome.entries[0]?.occurredAt ?? now).toISOString(),
      };
    },
  });

/** Points given must be of use, and points taken have the expiry of their lots. @throws HttpProblem 400 */
const requireUsableExpiry = (
  { points, expiresAt }: Readonly<{ points: number; expiresAt?: Date | undefined }>,
  now: Date,
): void => {
  if (expiresAt === undefined || (points > 0 && expiresAt > now)) return;
  const detail = `body expiresAt: must ${points > 0 ? 'be in the future' : 'be omitted when points are debited'}`;
  throw new HttpProblem(400, 'invalid-request', detail);
};
