import { z } from 'zod';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import { lotIdOf } from '#shared/eventing/lot-id.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { transferredFact } from './facts.ts';
import { findProgram } from './find-program.ts';
import { lotPartsAnswer, showLotParts } from './lot-parts.ts';
import { body, points, reference, walletPath, walletsUrl } from './parameters.ts';
import { refuse } from './refuse.ts';
import { causeOf, requestId } from './request-ids.ts';

const newTransfer = body({
  to: identifier.describe('Customer who receives the points'),
  points: points(1),
  reference,
}).meta({ id: 'NewTransfer' });

const transferAnswer = z
  .object({
    transferId: z.uuid(),
    program: z.string(),
    from: z.string(),
    to: z.string(),
    points: z.int(),
    reference: z.string().nullable(),
    lots: lotPartsAnswer,
    transferredAt: z.iso.datetime(),
  })
  .meta({ id: 'Transfer' });

type Access = Pick<Dependencies, 'tenants' | 'wallets' | 'tell' | 'clock'>;

/** POST …/transfers: gives points to another customer, where they lapse when they would have lapsed here; once per key. */
export const transferPoints = (dependencies: Access) =>
  defineRoute({
    method: 'POST',
    path: `${walletsUrl}/{program}/transfers`,
    id: 'transferPoints',
    summary: 'Transfer points to another customer',
    scope: 'wallet:write',
    params: walletPath,
    query: z.object({}),
    body: newTransfer,
    idempotent: true,
    status: 201,
    response: transferAnswer,
    problems: {
      404: 'The tenant or program does not exist',
      409: "insufficient-points: detail says how many can be spent; wallet-full: the recipient's wallet is full",
    },
    handle: async ({ params: from, body: request, caller: { subject }, idempotencyKey: key }) => {
      const { wallets, tell, clock } = dependencies;
      await findProgram(dependencies, from);
      const now = clock();
      const transferId = requestId('transfer', { wallet: from, subject, key });
      const transfer = { ...request, transferId, from, cause: causeOf(transferId) };
      const { outcome, ...committed } = await wallets.transfer({ ...transfer, now, lotIdOf }, () =>
        transferredFact(transfer, now),
      );
      await tell(committed);
      if (outcome.kind === 'refused') throw refuse(outcome);
      return {
        transferId,
        program: from.program,
        from: from.customerId,
        to: request.to,
        points: request.points,
        reference: request.reference ?? null,
        lots: showLotParts(outcome.entries, -1),
        transferredAt: (outcome.entries[0]?.occurredAt ?? now).toISOString(),
      };
    },
  });
