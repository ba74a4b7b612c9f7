import type { z } from 'zod';
import type { HeatChange } from '#shared/domain/sketch/heat-change.ts';
import { bucketOf, bucketStart } from '#shared/domain/sketch/window-bucket.ts';
import { CampaignCooled, CampaignHeated } from '#shared/eventing/contracts/campaign-heat.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';

/** The event of a change: the same change always gives the same event. */
export const heatEvent = (change: HeatChange, windowSeconds: number): DomainEvent => {
  const { kind, tenantId, campaignId, heatedIn, hits, changedAt } = change;
  const hotSince = bucketStart(heatedIn, windowSeconds).toISOString();
  return domainEventOf(kind === 'heated' ? CampaignHeated : CampaignCooled, {
    cause: [tenantId, campaignId, hotSince],
    partitionKey: campaignId,
    time: changedAt,
    data: { tenantId, campaignId, hits, hotSince, windowSeconds },
  });
};

/** Names the change that an event was built from. */
export const changeOf = ({
  type,
  data,
}: DomainEvent): Pick<HeatChange, 'kind' | 'tenantId' | 'campaignId' | 'heatedIn'> => {
  const { tenantId, campaignId, hotSince, windowSeconds } = data as z.input<
    typeof CampaignHeated.schema
  >;
  const kind = type === CampaignHeated.type ? 'heated' : 'cooled';
  return { kind, tenantId, campaignId, heatedIn: bucketOf(new Date(hotSince), windowSeconds) };
};
