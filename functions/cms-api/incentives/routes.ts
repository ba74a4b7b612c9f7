import type { AnyRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { getIncentive } from './get-incentive.ts';
import { getQuest } from './get-quest.ts';
import { listIncentives } from './list-incentives.ts';
import { reverseIncentive } from './reverse-incentive.ts';

/** What users were given, and how far they are. */
export const incentiveRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  listIncentives(dependencies),
  getIncentive(dependencies),
  reverseIncentive(dependencies),
  getQuest(dependencies),
];
