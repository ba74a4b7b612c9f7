import type { z } from 'zod';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import type { ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { CampaignCache } from '#shared/rules/campaign-cache.ts';
import { type Delivery, instantOf } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { CampaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import type { EventStore } from '#shared/stores/postgres/events/event-store.ts';
import type { Reversal } from '#shared/stores/postgres/events/reverse-event.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { QuestCache } from '#shared/stores/redis/quest-cache.ts';
import { countReversal, lostEvent } from './outcome.ts';

type ReversedAction = z.output<typeof ActionReversed.schema>;

/** What reversing an action needs. */
export type ReverseDependencies = Readonly<{
  campaigns: CampaignCache<CampaignIndex['tenant']>;
  events: EventStore;
  clock: Clock;
  /** What is cached of quests that changed is forgotten once the change is committed. */
  questCache: Pick<QuestCache, 'forget'>;
}>;

/** Reverses an action, and requests the reversal of what it earned. */
export const reverseAction = async (
  dependencies: ReverseDependencies,
  delivery: Delivery<ReversedAction>,
): Promise<readonly DomainEvent[]> => {
  const { campaigns, clock } = dependencies;
  const { tenantId, reversedEventId: eventId, reversedAt: givenAt } = delivery.data;
  const tenant = await campaigns.tenant(tenantId);
  if (tenant?.status !== 'ACTIVE') throw unknownTenant(tenantId);
  const reversedAt = instantOf(givenAt, delivery, clock());
  if (reversedAt instanceof InvalidEvent) throw reversedAt;
  const origin = { cause: causeOf(delivery.event), correlation: correlationOf(delivery.event) };
  return applyReversal(dependencies, { tenantId, eventId, reversedAt, ...origin });
};

/** Reverses an event, once, and returns the requests to reverse what it earned. */
export const applyReversal = async (
  { events, questCache }: Pick<ReverseDependencies, 'events' | 'questCache'>,
  reversal: Reversal,
): Promise<readonly DomainEvent[]> => {
  const { kind, domainEvents, quests } = await events.reverse(reversal, lostEvent(reversal));
  if (quests.length > 0) await questCache.forget(quests);
  countReversal(kind);
  return domainEvents;
};
