import { z } from 'zod';
import { wholeNumber } from '#shared/runtime/http/requests/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { pageAnswer, toPage } from './answers.ts';
import { boardPath, cursor, live, pageMax } from './parameters.ts';
import { boardProblems, type Dependencies, readPage } from './read-board.ts';

/**
 * GET …/customers: a board page by page. A cursor keeps its place when a new snapshot comes between
 * two pages.
 */
export const boardCustomers = (dependencies: Dependencies) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/boards/{board}/customers',
    id: 'listBoardCustomers',
    summary: 'List the customers of a board in rank order',
    scope: 'leaderboard:read',
    params: boardPath,
    query: z.object({
      limit: wholeNumber(1, pageMax).default(100).describe('Page size'),
      cursor,
      live,
    }),
    response: pageAnswer,
    problems: boardProblems,
    handle: async ({ params, query }) => {
      const { limit, cursor: after, live } = query;
      const view = await readPage(dependencies, params, { limit, after, live });
      return toPage(view, { live, now: dependencies.clock() });
    },
  });
