import type { AnyRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { createPool } from './create-pool.ts';
import { generateCodes } from './generate-codes.ts';
import { getCode } from './get-code.ts';
import { getPool } from './get-pool.ts';
import { importCodes } from './import-codes.ts';

/** Pools of coupon codes. */
export const couponRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createPool(dependencies),
  getPool(dependencies),
  generateCodes(dependencies),
  importCodes(dependencies),
  getCode(dependencies),
];
