import { z } from 'zod';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { strict, whole } from '../fields.ts';
import { noPool } from '../refusals.ts';
import { drawCodes } from './draw-codes.ts';
import { poolPath, poolsUrl } from './pool-answer.ts';

const codesMax = 10_000;

const generation = strict({ count: whole(1, codesMax) }).meta({ id: 'CouponGeneration' });

const generated = z.object({ generated: z.int() }).meta({ id: 'CouponsGenerated' });

/** POST …/codes:generate: adds so many new codes, or none; once per request. They are money, so the answer does not tell them. */
export const generateCodes = ({ couponPools }: Pick<Dependencies, 'couponPools'>) =>
  defineRoute({
    method: 'POST',
    path: `${poolsUrl}/{pool}/codes:generate`,
    id: 'generateCouponCodes',
    summary: 'Generate random codes for a coupon pool',
    scope: 'cms:write',
    params: poolPath,
    query: z.object({}),
    body: generation,
    idempotent: true,
    status: 201,
    response: generated,
    problems: {
      404: 'The pool does not exist',
      409: 'The pool has no pattern, or its pattern has too few codes left',
    },
    handle: async ({ params, body: { count }, caller, idempotencyKey: requestKey }) => {
      const asking = { subject: caller.subject, requestKey };
      const { kind } = await couponPools.generate(params, { ...asking, count, draw: drawCodes });
      switch (kind) {
        case 'generated':
          return { generated: count };
        case 'no-pool':
          throw noPool(params.pool);
        case 'no-pattern':
          throw new HttpProblem(
            409,
            'pool-without-pattern',
            'The pool has no pattern; import codes instead',
          );
        case 'exhausted': {
          const detail =
            'The pattern allows too few codes; create a pool with more # in its pattern';
          throw new HttpProblem(409, 'pattern-exhausted', detail);
        }
      }
    },
  });
