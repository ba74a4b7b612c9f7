import { z } from 'zod';
import { defaultBoard } from '#shared/domain/ranks/board.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { customerAnswer } from './answers.ts';
import { customerId, neighbours } from './parameters.ts';
import { boardProblems, type Dependencies, readCustomer } from './read-board.ts';

/**
 * GET /customer-info?id=: a customer of the tenant's default board with two neighbours on each
 * side.
 */
export const customerInfo = (dependencies: Dependencies) =>
  defineRoute({
    method: 'GET',
    path: '/customer-info',
    id: 'customerInfo',
    summary: "Get a customer's rank and neighbours on the default board",
    scope: 'leaderboard:read',
    params: z.object({}),
    query: z.object({ id: customerId.describe('The customer'), k: neighbours }),
    response: customerAnswer,
    problems: { ...boardProblems, 404: 'The customer is not on the board' },
    handle: ({ caller: { tenantId }, query: { id, k } }) =>
      readCustomer(
        dependencies,
        { tenantId, board: defaultBoard },
        { customerId: id, neighbours: k, live: false },
      ),
  });
