import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Action } from '#shared/eventing/contracts/action-performed.ts';
import type { ReadyCampaigns } from '#shared/rules/campaign-cache.ts';
import { refuseEvent } from '#shared/rules/refuse-event.ts';
import { causeOf } from '#shared/runtime/cause-of.ts';
import { correlationOf } from '#shared/runtime/correlation.ts';
import type { Delivery } from '#shared/runtime/events/event-handler.ts';
import { instantOf } from '#shared/runtime/events/instant-of.ts';
import type { CampaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';

/** The campaigns in memory of a tenant, for one action. */
export type TenantCampaigns = ReadyCampaigns<CampaignIndex['tenant']>;

/** An action of an active tenant, with the campaigns that ask for it. */
export type ActionClaim = Readonly<{
  event: ActionEvent;
  /** When its producer said that it happened, if it did. */
  saidAt: Date | undefined;
  correlation: Correlation;
  campaigns: TenantCampaigns['campaigns'];
  set: TenantCampaigns['set'];
}>;

/** What an action is and who asks for it, or why it is refused for good. */
export const claimOf = (
  delivery: Delivery<Action>,
  tenant: TenantCampaigns | undefined,
  now: Date,
): ActionClaim | InvalidEvent => {
  const { occurredAt: saidAt, ...action } = delivery.data;
  if (tenant?.tenant.status !== 'ACTIVE') return unknownTenant(action.tenantId);
  const occurredAt = instantOf(saidAt, delivery, now);
  if (occurredAt instanceof InvalidEvent) return occurredAt;
  const { schema, campaigns, set } = tenant;
  const event = {
    ...action,
    occurredAt,
    schemaVersion: action.schemaVersion ?? schema?.version,
    cause: causeOf(delivery),
  };
  const refusal = refuseEvent(event, schema);
  if (refusal !== undefined) return new InvalidEvent(refusal.code, refusal.detail);
  return { event, saidAt, correlation: correlationOf(delivery.event), campaigns, set };
};
