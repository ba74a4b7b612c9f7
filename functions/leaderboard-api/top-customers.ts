import { z } from 'zod';
import { defaultBoard } from '#shared/domain/ranks/board.ts';
import { wholeNumber } from '#shared/runtime/http/requests/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { pageAnswer, toPage } from './answers.ts';
import { pageMax } from './parameters.ts';
import { boardProblems, type Dependencies, readPage } from './read-board.ts';

/** GET /top-customers?N=: the first customers of the tenant's default board. */
export const topCustomers = (dependencies: Dependencies) =>
  defineRoute({
    method: 'GET',
    path: '/top-customers',
    id: 'topCustomers',
    summary: 'Get the top N customers of the default board',
    scope: 'leaderboard:read',
    params: z.object({}),
    query: z.object({ N: wholeNumber(1, pageMax).default(10).describe('Number of customers') }),
    response: pageAnswer,
    problems: boardProblems,
    handle: async ({ caller: { tenantId }, query: { N } }) => {
      const view = await readPage(
        dependencies,
        { tenantId, board: defaultBoard },
        { limit: N, live: false },
      );
      return toPage(view, { live: false, now: dependencies.clock() });
    },
  });
