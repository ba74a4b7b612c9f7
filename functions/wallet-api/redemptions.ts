import { z } from 'zod';
import { strict } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { redeemedEvent } from './events.ts';
import {
  causeOf,
  points,
  redemptionPath,
  reference,
  requestId,
  walletPath,
  walletsUrl,
} from './parameters.ts';
import { redemptionAnswer, showRedemption } from './redemption-document.ts';
import { findProgram, refuse } from './refuse.ts';

const timeoutSecondsMax = 86_400;

const newRedemption = strict({
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

type Access = Pick<Dependencies, 'tenants' | 'wallets' | 'afterCommit' | 'clock'>;

/**
 * POST …/redemptions: reserves points, or spends them at once; once per key, and never more than
 * there are.
 */
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
      410: 'The redemption under this key has been archived',
    },
    handle: async ({ params: wallet, body: request, caller: { subject }, idempotencyKey: key }) => {
      const { wallets, afterCommit, clock } = dependencies;
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
        redeemedEvent(now),
      );
      await afterCommit(committed);
      if (outcome.kind === 'refused') throw refuse(outcome);
      const location = `/api/v1/tenants/${wallet.tenantId}/customers/${encodeURIComponent(wallet.customerId)}/wallets/${wallet.program}/redemptions/${redemptionId}`;
      return reply({ headers: { location }, body: showRedemption(outcome.redemption, now) });
    },
  });

const commitment = strict({
  points: points(1).optional().describe('Part of the reserved points. Defaults to all of them'),
}).meta({ id: 'Commitment' });

/**
 * POST …/redemptions/{redemptionId}:commit: spends what is reserved, or a part of it. Repeating
 * changes nothing.
 */
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
      410: 'The redemption has been archived',
      409: 'redemption-voided, redemption-timed-out, redemption-committed (with a different amount), or more-than-reserved',
    },
    handle: async ({ params, body: { points: part } }) => {
      const { wallets, afterCommit, clock } = dependencies;
      await findProgram(dependencies, params);
      const now = clock();
      const { outcome, ...committed } = await wallets.commit(
        { ...params, points: part, now, cause: causeOf(params.redemptionId) },
        redeemedEvent(now),
      );
      await afterCommit(committed);
      if (outcome.kind === 'refused') throw refuse(outcome);
      return showRedemption(outcome.redemption, now);
    },
  });

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
      410: 'The redemption has been archived',
      409: 'redemption-committed: the points were already spent',
    },
    handle: async ({ params }) => {
      const { wallets, afterCommit, clock } = dependencies;
      await findProgram(dependencies, params);
      const now = clock();
      const { outcome, ...committed } = await wallets.void({ ...params, now });
      await afterCommit(committed);
      if (outcome.kind === 'refused') throw refuse(outcome);
      return showRedemption(outcome.redemption, now);
    },
  });

/** GET …/redemptions/{redemptionId}: a redemption. */
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
    problems: {
      404: 'The tenant, program or redemption does not exist',
      410: 'The redemption has been archived',
    },
    handle: async ({ params }) => {
      await findProgram(dependencies, params);
      const redemption = await dependencies.reader.redemption(params);
      if (redemption !== undefined) return showRedemption(redemption, dependencies.clock());
      const detail = `Customer ${params.customerId} has no redemption ${params.redemptionId} in this wallet`;
      throw new HttpProblem(404, 'redemption-not-found', detail);
    },
  });
