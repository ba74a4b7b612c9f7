import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { noPool, noTenant } from '../refusals.ts';
import { generateCodes, getCode, importCodes } from './code-routes.ts';
import { newPool, poolAnswer, poolPath, poolsUrl, showPool } from './document.ts';

/** Pools of coupon codes. */
export const couponRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createPool(dependencies),
  getPool(dependencies),
  generateCodes(dependencies),
  importCodes(dependencies),
  getCode(dependencies),
];

/** POST …/coupon-pools: makes an empty pool, once per request. */
const createPool = ({ couponPools }: Pick<Dependencies, 'couponPools'>) =>
  defineRoute({
    method: 'POST',
    path: poolsUrl,
    id: 'createCouponPool',
    summary: 'Create a coupon pool',
    scope: 'cms:write',
    params: tenantPath,
    query: z.object({}),
    body: newPool,
    idempotent: true,
    status: 201,
    sends: ['location'],
    response: poolAnswer,
    problems: { 404: 'The tenant does not exist', 409: 'A pool with this name already exists' },
    handle: async ({ params: { tenantId }, body, caller, idempotencyKey: requestKey }) => {
      const { pool, pattern } = body;
      const request = { subject: caller.subject, requestKey };
      const creation = await couponPools.create({ tenantId, pool, pattern }, request);
      switch (creation.kind) {
        case 'created': {
          const location = `/api/v1/tenants/${tenantId}/coupon-pools/${pool}`;
          return reply({ headers: { location }, body: showPool(creation.pool) });
        }
        case 'exists':
          throw new HttpProblem(409, 'pool-exists', `Pool ${pool} already exists`);
        case 'unknown-tenant':
          throw noTenant(tenantId);
      }
    },
  });

/** GET …/coupon-pools/{pool}: how many codes of a pool are left. */
const getPool = ({ couponPools }: Pick<Dependencies, 'couponPools'>) =>
  defineRoute({
    method: 'GET',
    path: `${poolsUrl}/{pool}`,
    id: 'getCouponPool',
    summary: 'Get a coupon pool and how many codes are free, issued and void',
    scope: 'cms:read',
    params: poolPath,
    query: z.object({}),
    response: poolAnswer,
    problems: { 404: 'The pool does not exist' },
    handle: async ({ params }) => {
      const pool = await couponPools.find(params);
      if (pool === undefined) throw noPool(params.pool);
      return showPool(pool);
    },
  });
