import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { listOf, strict } from '../fields.ts';
import { noPool } from '../refusals.ts';
import { poolPath, poolsUrl } from './pool-answer.ts';

const codesMax = 10_000;

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

/** POST …/codes:import: adds the codes of a list that are new and may be codes, and names the others. Repeating adds nothing. */
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
