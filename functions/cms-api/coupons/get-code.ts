import { z } from 'zod';
import { isChecked } from '#shared/domain/incentives/code-check.ts';
import { HttpProblem } from '#shared/runtime/problem.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { CouponCode } from '#shared/stores/postgres/coupon-pools.ts';
import type { Dependencies } from '../dependencies.ts';
import { shownInstant } from '../fields.ts';
import { noPool } from '../refusals.ts';
import { poolPath, poolsUrl } from './pool-answer.ts';

const codePath = poolPath.extend({
  code: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters without spaces'),
});

const codeAnswer = z
  .object({
    code: z.string(),
    state: z.enum(['free', 'claimed', 'voided']),
    incentiveId: z.uuid().nullable().describe('Incentive that it was issued with'),
    claimedAt: shownInstant.nullable(),
    voidedAt: shownInstant.nullable(),
  })
  .meta({ id: 'CouponCode' });

/** GET …/codes/{code}: whether somebody has a code; of one that is not there, whether it can have been mistyped. */
export const getCode = ({ couponPools }: Pick<Dependencies, 'couponPools'>) =>
  defineRoute({
    method: 'GET',
    path: `${poolsUrl}/{pool}/codes/{code}`,
    id: 'getCouponCode',
    summary: 'Get a coupon code and its status',
    scope: 'cms:read',
    params: codePath,
    query: z.object({}),
    response: codeAnswer,
    problems: { 404: 'The pool or code does not exist; detail says whether the code was mistyped' },
    handle: async ({ params: { code, ...key } }) => {
      const found = await findCode(couponPools, key, code);
      if (found !== undefined) return showCode(found);
      const pool = await couponPools.find(key);
      if (pool === undefined) throw noPool(key.pool);
      if (pool.pattern === undefined || isChecked(code)) {
        throw new HttpProblem(404, 'code-not-found', `Code ${code} does not exist in the pool`);
      }
      const detail = `Code ${code} does not exist in the pool; its check character is wrong, so it was mistyped`;
      throw new HttpProblem(404, 'code-mistyped', detail);
    },
  });

/** As it was typed, else in capitals, as codes are generated. */
const findCode = async (
  couponPools: Dependencies['couponPools'],
  ...[key, code]: [key: Readonly<{ tenantId: string; pool: string }>, code: string]
) =>
  (await couponPools.findCode(key, code)) ?? (await couponPools.findCode(key, code.toUpperCase()));

const showCode = ({
  code,
  incentiveId,
  claimedAt,
  voidedAt,
}: CouponCode): z.output<typeof codeAnswer> => ({
  code,
  state: stateOf({ incentiveId, voidedAt }),
  incentiveId: incentiveId ?? null,
  claimedAt: claimedAt?.toISOString() ?? null,
  voidedAt: voidedAt?.toISOString() ?? null,
});

const stateOf = ({ incentiveId, voidedAt }: Pick<CouponCode, 'incentiveId' | 'voidedAt'>) => {
  if (voidedAt !== undefined) return 'voided';
  return incentiveId === undefined ? 'free' : 'claimed';
};
