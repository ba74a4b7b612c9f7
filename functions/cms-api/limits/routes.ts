import type { AnyRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { getLimits } from './get-limits.ts';
import { setLimits } from './set-limits.ts';

/** What tenants limit themselves. */
export const limitRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  getLimits(dependencies),
  setLimits(dependencies, 'GLOBAL'),
  setLimits(dependencies, 'USER'),
];
