import { z } from 'zod';
import { identifier, slug, versionMax } from '#shared/eventing/contracts/fields.ts';
import { wholeNumber } from '#shared/runtime/http/requests/parameters.ts';
import { actionCode } from './fields.ts';

/** The path of a tenant. */
export const tenantPath = z.object({ tenantId: slug });

/** The path of a program. */
export const programPath = tenantPath.extend({
  program: slug.describe('Every tenant has the program `points`'),
});

/** The path of an action. */
export const actionPath = tenantPath.extend({ action: actionCode });

const campaignId = z.uuid({ error: 'must be a UUID' });

/** The path of a campaign; its tenant is that of the token. */
export const campaignPath = z.object({ campaignId });

/** The path of a version of a program's rules or tiers. */
export const versionPath = programPath.extend({ version: wholeNumber(1, versionMax) });

/** The path of a cohort's members. */
export const cohortPath = tenantPath.extend({ cohort: slug });

/** The path of a customer in a cohort. */
export const memberPath = cohortPath.extend({ customerId: identifier });
