import { z } from 'zod';
import { identifier, instant } from '#shared/eventing/contracts/fields.ts';
import { lotIdOf } from '#shared/eventing/domain-event.ts';
import { line, shownInstant, strict } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { adjustedEvent, transferredEvent } from './events.ts';
import { lotPartsAnswer, showLotParts } from './lots.ts';
import {
  causeOf,
  points,
  reference,
  requestId,
  signedPoints,
  walletPath,
  walletsUrl,
} from './parameters.ts';
import { findProgram, refuse } from './refuse.ts';

const newAdjustment = strict({
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
    adjustedAt: shownInstant,
  })
  .meta({ id: 'Adjustment' });

type Access = Pick<Dependencies, 'tenants' | 'wallets' | 'afterCommit' | 'clock'>;

/**
 * POST …/adjustments: credits or debits points by hand, with the subject of the token; once per
 * key.
 */
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
      410: 'The adjustment under this key has been archived',
      404: 'The tenant or program does not exist',
      409: 'insufficient-points: detail says how many can be debited without allowNegative; wallet-full',
    },
    handle: async ({
      params: wallet,
      body: request,
      caller: { subject: by },
      idempotencyKey: key,
    }) => {
      const { wallets, afterCommit, clock } = dependencies;
      await findProgram(dependencies, wallet);
      const now = clock();
      const { points, reason, allowNegative, expiresAt } = request;
      requireUsableExpiry(request, now);
      const adjustmentId = requestId('adjustment', { wallet, subject: by, key });
      const lot = { lotId: lotIdOf(wallet, expiresAt), expiresAt };
      const cause = causeOf(adjustmentId);
      const adjustment = { adjustmentId, wallet, points, reason, by, lot, allowNegative, cause };
      const { outcome, ...committed } = await wallets.adjust({ ...adjustment, now }, () =>
        adjustedEvent(adjustment, now),
      );
      await afterCommit(committed);
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

/**
 * Points given must be of use, and points taken have the expiry of their lots.
 * @throws HttpProblem 400
 */
const requireUsableExpiry = (
  { points, expiresAt }: Readonly<{ points: number; expiresAt?: Date | undefined }>,
  now: Date,
): void => {
  if (expiresAt === undefined || (points > 0 && expiresAt > now)) return;
  const detail = `body expiresAt: must ${points > 0 ? 'be in the future' : 'be omitted when points are debited'}`;
  throw new HttpProblem(400, 'invalid-request', detail);
};

const newTransfer = strict({
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
    transferredAt: shownInstant,
  })
  .meta({ id: 'Transfer' });

/** POST …/transfers: transfers points to another customer, with their expiry; once per key. */
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
      410: 'The transfer under this key has been archived',
      404: 'The tenant or program does not exist',
      409: "insufficient-points: detail says how many can be spent; wallet-full: the recipient's wallet is full",
    },
    handle: async ({ params: from, body: request, caller: { subject }, idempotencyKey: key }) => {
      const { wallets, afterCommit, clock } = dependencies;
      await findProgram(dependencies, from);
      const now = clock();
      const transferId = requestId('transfer', { wallet: from, subject, key });
      const transfer = { ...request, transferId, from, cause: causeOf(transferId) };
      const { outcome, ...committed } = await wallets.transfer({ ...transfer, now, lotIdOf }, () =>
        transferredEvent(transfer, now),
      );
      await afterCommit(committed);
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
