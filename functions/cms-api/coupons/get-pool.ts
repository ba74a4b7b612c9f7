import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noPool } from '../refusals.ts';
import { poolAnswer, poolPath, poolsUrl, showPool } from './pool-answer.ts';

/** GET …/coupon-pools/{pool}: how many codes of a pool are left. */
export const getPool = ({ couponPools }: Pick<Dependencies, 'couponPools'>) =>
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
