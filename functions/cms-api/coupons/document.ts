import { z } from 'zod';
import { slug } from '#shared/eventing/contracts/fields.ts';
import { shownInstant, strict } from '#shared/runtime/http/body/body-fields.ts';
import type { CouponPool } from '#shared/stores/postgres/incentives/coupon-pools.ts';
import { tenantPath } from '../parameters.ts';

const blanksMin = 6;
const blanksMax = 16;

const pattern = z
  .string({ error: 'must be a string' })
  .regex(
    /^[A-Z0-9#-]{0,63}#$/,
    'must be capital letters, digits, dashes and #, at most 64, ending with #',
  )
  .refine((text) => {
    const blanks = text.split('#').length - 1;
    return blanks >= blanksMin && blanks <= blanksMax;
  }, `must have ${blanksMin} to ${blanksMax} #`)
  .describe(
    'Each # becomes a random character, the last one a check character. At most one in a million possible codes is generated: 8 # allow 21,870 codes. Omit it if codes are only imported',
  );

/** The body that makes a pool. */
export const newPool = strict({
  pool: slug.describe('Identifier used in campaigns and paths'),
  pattern: pattern.optional(),
}).meta({ id: 'NewCouponPool' });

/** A pool. */
export const poolAnswer = z
  .object({
    pool: slug,
    pattern: z.string().nullable(),
    createdAt: shownInstant,
    createdBy: z.string().describe('Subject of the token'),
    free: z.int().describe('Free codes'),
    claimed: z.int().describe('Issued codes'),
    voided: z.int().describe('Codes of reversed incentives; never issued again'),
  })
  .meta({ id: 'CouponPool' });

/** The path of a pool. */
export const poolPath = tenantPath.extend({ pool: slug });

/** Where a tenant's pools are. */
export const poolsUrl = '/api/v1/tenants/{tenantId}/coupon-pools';

/** Shows a pool. */
export const showPool = ({
  pattern: looks,
  createdAt,
  ...pool
}: CouponPool): z.output<typeof poolAnswer> => ({
  ...pool,
  pattern: looks ?? null,
  createdAt: createdAt.toISOString(),
});
