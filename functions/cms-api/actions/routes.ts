import type { AnyRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { getAction } from './get-action.ts';
import { listActions } from './list-actions.ts';
import { putAction } from './put-action.ts';

/** The actions of tenants. */
export const actionRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  listActions(dependencies),
  putAction(dependencies),
  getAction(dependencies),
];
