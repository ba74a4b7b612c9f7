import { randomInt } from 'node:crypto';
import { z } from 'zod';
import {
  fillPattern,
  isChecked,
  plainCharacters,
  randomsOf,
} from '#shared/domain/incentives/code-check.ts';
import { shownInstant, strict, whole } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { CouponCode } from '#shared/stores/postgres/incentives/coupon-pools.ts';
import type { Dependencies } from '../dependencies.ts';
import { listOf } from '../fields.ts';
import { noPool } from '../refusals.ts';
import { poolPath, poolsUrl } from './document.ts';

/** Codes that one request may make or import. */
const codesMax = 10_000;

const generation = strict({ count: whole(1, codesMax) }).meta({ id: 'CouponGeneration' });

const generated = z.object({ generated: z.int() }).meta({ id: 'CouponsGenerated' });

/**
 * POST …/codes:generate: adds so many new codes, or none; once per request. They are worth money,
 * so the response does not contain them.
 */
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
      const request = { subject: caller.subject, requestKey };
      const { kind } = await couponPools.generate(params, { ...request, count, draw: drawCodes });
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

const couponImport = strict({
  codes: listOf(
    z.string({ error: 'must be a string' }).max(200, 'must be at most 200 characters'),
    {
      atLeast: 1,
      atMost: codesMax,
    },
  ).describe('Codes as users redeem them: 1 to 64 printable ASCII characters without spaces'),
}).meta({ id: 'CouponImport' });

const imported = z
  .object({
    imported: z.int(),
    duplicates: z
      .array(z.string())
      .describe("Codes that occur twice in the list or already exist in one of the tenant's pools"),
    refused: z.array(z.string()).describe('Malformed codes'),
  })
  .meta({ id: 'CouponsImported' });

/**
 * POST …/codes:import: adds the codes of a list that are new and may be codes, and names the
 * others. Repeating adds nothing.
 */
export const importCodes = ({ couponPools }: Pick<Dependencies, 'couponPools'>) =>
  defineRoute({
    method: 'POST',
    path: `${poolsUrl}/{pool}/codes:import`,
    id: 'importCouponCodes',
    summary: 'Import codes into a coupon pool',
    scope: 'cms:write',
    params: poolPath,
    query: z.object({}),
    body: couponImport,
    response: imported,
    problems: { 404: 'The pool does not exist' },
    handle: async ({ params, body: { codes }, caller: { subject } }) => {
      const { fit, refused, repeated } = sort(codes);
      const added = await couponPools.add(params, fit, subject);
      if (added === undefined) throw noPool(params.pool);
      const isNew = new Set(added);
      const known = fit.filter((code) => !isNew.has(code));
      return { imported: added.length, duplicates: [...known, ...repeated], refused };
    },
  });

const sort = (codes: readonly string[]) => {
  const seen = new Set<string>();
  const fit: string[] = [];
  const refused: string[] = [];
  const repeated: string[] = [];
  for (const code of codes) {
    if (!/^[\x21-\x7e]{1,64}$/.test(code)) refused.push(code);
    else if (seen.has(code)) repeated.push(code);
    else fit.push(code);
    seen.add(code);
  }
  return { fit, refused, repeated };
};

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

/**
 * GET …/codes/{code}: whether a code was issued; for an unknown code, whether it was probably
 * mistyped.
 */
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

/** Draws random codes of a pattern that cannot be guessed from other codes. */
const drawCodes = (pattern: string, count: number): readonly string[] =>
  Array.from({ length: count }, () => drawCode(pattern));

const drawCode = (pattern: string): string => {
  for (;;) {
    const randoms = Array.from({ length: randomsOf(pattern) }, drawCharacter).join('');
    const code = fillPattern(pattern, randoms);
    if (code !== undefined) return code;
  }
};

const drawCharacter = (): string => plainCharacters.charAt(randomInt(plainCharacters.length));
