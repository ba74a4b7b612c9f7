import { z } from 'zod';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { customerAnswer } from './answers.ts';
import { boardPath, customerId, live, neighbours } from './parameters.ts';
import { boardProblems, type Dependencies, readCustomer } from './read-board.ts';

/** GET …/customers/{customerId}: a customer of a board with the neighbours above and below. */
export const boardCustomer = (dependencies: Dependencies) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/boards/{board}/customers/{customerId}',
    id: 'getBoardCustomer',
    summary: "Get a customer's rank and neighbours on a board",
    scope: 'leaderboard:read',
    params: boardPath.extend({ customerId }),
    query: z.object({ k: neighbours, live }),
    response: customerAnswer,
    problems: { ...boardProblems, 404: 'The board does not exist, or the customer is not on it' },
    handle: ({ params: { customerId, ...board }, query: { k, live } }) =>
      readCustomer(dependencies, board, { customerId, neighbours: k, live }),
  });
