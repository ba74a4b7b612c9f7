import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { versionPath } from '../parameters.ts';
import { findVersion } from '../versions/versions.ts';
import { ladderAnswer, showLadder } from './ladder-answer.ts';

/** GET …/tiers/{version}: one version of a program's tiers. */
export const getLadder = ({ ladders, clock }: Pick<Dependencies, 'ladders' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/tiers/{version}',
    id: 'getTiers',
    summary: "Get a version of a program's tiers",
    scope: 'cms:read',
    params: versionPath,
    query: z.object({}),
    response: ladderAnswer,
    problems: { 404: 'The program or version does not exist' },
    handle: async ({ params }) => showLadder(await findVersion(ladders, params), clock()),
  });
