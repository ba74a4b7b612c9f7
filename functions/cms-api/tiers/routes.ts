import { strict } from '#shared/runtime/http/body/body-fields.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant } from '../fields.ts';
import { versionRoutes } from '../versions/routes.ts';
import { ladderAnswer, laddersAnswer, newLadder, showLadder } from './document.ts';

const ladderActivation = strict({
  validFrom: someInstant
    .optional()
    .describe(
      'Applies at or after this time, at least five minutes from now so that every function has loaded it. Defaults to five minutes from now',
    ),
}).meta({ id: 'TiersActivation' });

/** The versions of a program's ladder of tiers. */
export const ladderRoutes = (dependencies: Dependencies) =>
  versionRoutes(
    {
      store: dependencies.ladders,
      kind: 'tiers',
      ids: { one: 'Tiers', many: 'Tiers' },
      name: 'tiers',
      newVersion: newLadder,
      activation: ladderActivation,
      answer: ladderAnswer,
      pageAnswer: laddersAnswer,
      show: showLadder,
    },
    dependencies,
  );
