import { z } from 'zod';
import { tenantIdentifier } from '#shared/eventing/contracts/fields.ts';
import { wholeNumber } from '#shared/runtime/http/parameters.ts';

const no = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** The path of a tenant. */
export const tenantPath = z.object({ tenantId: tenantIdentifier });

export const customersUrl = '/api/v1/tenants/{tenantId}/unified-customers';

/** The path of a customer. */
export const customerPath = tenantPath.extend({
  customerId: no.describe('Id of a unified customer, assigned by match-customer'),
});

/** The path of a pair of records. */
export const pairPath = tenantPath.extend({ a: no, b: no });

/** Reasons that people write down, on one line. */
const reasonError = ({ input }: Readonly<{ input?: unknown }>) =>
  input === undefined ? 'is missing' : 'must be 1 to 200 characters on one line';
export const reason = z
  .string({ error: reasonError })
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,200}$/u, { error: reasonError })
  .describe('Reason, stored with the decision and in the change log');

/** A body that has these fields and no others. */
export const body = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys'
        ? `has no field ${(keys as readonly string[]).join(', ')}`
        : 'must be an object',
  });

/** The scope of who may see personal data as it is; everyone else sees it masked. */
export const unmaskedScope = 'customer:personal';

/** An instant as an answer shows it. */
export const shownInstant = z.iso
  .datetime()
  .meta({ override: { type: 'string', format: 'date-time' } });
