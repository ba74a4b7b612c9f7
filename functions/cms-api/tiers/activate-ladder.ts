import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant, strict } from '../fields.ts';
import { versionPath } from '../parameters.ts';
import { activateVersion, activationProblems } from '../versions/versions.ts';
import { ladderAnswer, showLadder } from './ladder-answer.ts';

const ladderActivation = strict({
  validFrom: someInstant
    .optional()
    .describe(
      'Applies at or after this time, at least five minutes from now so that every function has loaded it. Defaults to five minutes from now',
    ),
}).meta({ id: 'TiersActivation' });

/** POST …/tiers/{version}:activate: lets a version begin. Repeating changes nothing. */
export const activateLadder = ({ ladders, clock }: Pick<Dependencies, 'ladders' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/tenants/{tenantId}/programs/{program}/tiers/{version}:activate',
    id: 'activateTiers',
    summary: "Activate a version of a program's tiers, in five minutes or later",
    scope: 'cms:write',
    params: versionPath,
    query: z.object({}),
    body: ladderActivation,
    response: ladderAnswer,
    problems: activationProblems,
    handle: async ({ params, body, caller: { subject } }) => {
      const access = { store: ladders, clock };
      return showLadder(await activateVersion(access, params, { ...body, subject }), clock());
    },
  });
