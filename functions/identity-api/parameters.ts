import { z } from 'zod';
import { slug } from '#shared/eventing/contracts/fields.ts';
import { line } from '#shared/runtime/http/body/body-fields.ts';
import { wholeNumber } from '#shared/runtime/http/requests/parameters.ts';

const no = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** The path of a tenant. */
export const tenantPath = z.object({ tenantId: slug });

export const customersUrl = '/api/v1/tenants/{tenantId}/unified-customers';

/** The path of a customer. */
export const customerPath = tenantPath.extend({
  customerId: no.describe('Id of a unified customer, assigned by match-customer'),
});

const recordNo = no.describe('recordNo of one of the two records, in any order');

/** The path of a pair of records. */
export const pairPath = tenantPath.extend({ a: recordNo, b: recordNo });

/** Why somebody decided something. */
export const reason = line(200).describe('Reason, stored with the decision and in the change log');

/** The scope that reads personal data unmasked; without it, personal data is masked. */
export const unmaskedScope = 'customer:personal';
