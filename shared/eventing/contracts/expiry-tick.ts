import { defineContract } from '../contract.ts';
import { RewardsExpiryRequested } from './rewards-expiry-requested.ts';

/**
 * The tick of PingSource `expiry-tick`. All PingSources say this type; the Trigger lets only those of this source through. Its
 * data means what it means in RewardsExpiryRequested: `{}` for all tenants.
 */
export const ExpiryTick = defineContract({
  ...RewardsExpiryRequested,
  type: 'dev.knative.sources.ping',
  summary: 'Time for what is due by date.',
  example: {},
});
