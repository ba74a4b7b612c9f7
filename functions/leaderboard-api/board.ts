import { z } from 'zod';
import { defineRoute } from '#shared/runtime/http/route.ts';
import { boardAnswer, describeSnapshot } from './answers.ts';
import { boardPath } from './parameters.ts';
import { boardProblems, type Dependencies, readPage } from './read-board.ts';

/** GET …/boards/{board}: the board's policy, size and last snapshot. */
export const board = (dependencies: Dependencies) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/boards/{board}',
    id: 'getBoard',
    summary: 'Get a board and its latest snapshot',
    scope: 'leaderboard:read',
    params: boardPath,
    query: z.object({}),
    response: boardAnswer,
    problems: boardProblems,
    handle: async ({ params }) => {
      const view = await readPage(dependencies, params, { limit: 0, live: false });
      const { tiePolicy, customers } = view;
      const snapshot = describeSnapshot(view, { live: false, now: dependencies.clock() });
      return { board: params.board, tiePolicy, customers, snapshot };
    },
  });
