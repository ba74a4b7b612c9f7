import { z } from 'zod';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { pageQuery, programPath } from '../parameters.ts';
import { listVersions } from '../versions/versions.ts';
import { laddersAnswer, showLadder } from './ladder-answer.ts';

/** GET …/tiers: the versions of a program's tiers, each with its status now. */
export const listLadders = ({
  ladders,
  programs,
  clock,
}: Pick<Dependencies, 'ladders' | 'programs' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/tiers',
    id: 'listTiers',
    summary: "List the versions of a program's tiers, newest first",
    scope: 'cms:read',
    params: programPath,
    query: pageQuery(z.int().min(1).max(versionMax)),
    response: laddersAnswer,
    problems: { 404: 'The program does not exist' },
    handle: async ({ params: key, query: { limit, cursor } }) => {
      const page = await listVersions({ store: ladders, programs }, { key, limit, cursor });
      const now = clock();
      return {
        tiers: page.items.map((stored) => showLadder(stored, now)),
        nextCursor: page.nextCursor,
      };
    },
  });
