import type { Caller } from '#shared/runtime/http/access/auth.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import type { ProgramKey } from '#shared/stores/postgres/tenants/program-store.ts';

/** Refuses a request for a program that does not exist. */
export const noProgram = ({ program }: Pick<ProgramKey, 'program'>): HttpProblem =>
  new HttpProblem(404, 'program-not-found', `Program ${program} does not exist`);

/** Refuses a request for a tenant that does not exist. */
export const noTenant = (tenantId: string): HttpProblem =>
  new HttpProblem(404, 'tenant-not-found', `Tenant ${tenantId} does not exist`);

/** Refuses a request for a cohort that does not exist, or is another tenant's. */
export const noCohort = (cohortId: string): HttpProblem =>
  new HttpProblem(404, 'cohort-not-found', `Cohort ${cohortId} does not exist`);

/** Refuses a request for a coupon pool that does not exist. */
export const noPool = (pool: string): HttpProblem =>
  new HttpProblem(404, 'pool-not-found', `Pool ${pool} does not exist`);

/** Refuses a request for an incentive that does not exist, or is another tenant's. */
export const noIncentive = (incentiveId: string): HttpProblem =>
  new HttpProblem(404, 'incentive-not-found', `Incentive ${incentiveId} does not exist`);

/** Refuses a request for a webhook that does not exist, or is another tenant's. */
export const noWebhook = (webhookId: string): HttpProblem =>
  new HttpProblem(404, 'webhook-not-found', `Webhook ${webhookId} does not exist`);

/** Refuses a request for a campaign that does not exist, or is another tenant's. */
export const campaignNotFound = ({ campaignId }: Readonly<{ campaignId: string }>): HttpProblem =>
  new HttpProblem(404, 'campaign-not-found', `Campaign ${campaignId} does not exist`);

/**
 * The caller's tenant; a request may name it, too.
 * @throws HttpProblem when it names another.
 */
export const requireOwnTenant = (
  { tenantId, unrestricted }: Caller,
  named: string | undefined,
): string => {
  if (named === undefined || named === tenantId) return tenantId;
  if (unrestricted) return named;
  throw new HttpProblem(403, 'tenant-forbidden', 'The token is for another tenant');
};
