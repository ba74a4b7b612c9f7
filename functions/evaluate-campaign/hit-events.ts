import type { DecisionOutcome } from '#shared/domain/campaigns/decision.ts';
import { CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import type { Recording } from '#shared/stores/postgres/events/event-store.ts';
import type { RecordedEvent } from '#shared/stores/postgres/events/record-events.ts';
import { slices } from '#shared/stores/redis/slices.ts';

/** The outcomes of campaigns whose clauses an event met. */
const hits: ReadonlySet<DecisionOutcome> = new Set([
  'qualified',
  'progressed',
  'excluded',
  'nothing-to-give',
]);

/** Campaigns of one event: about 45 kB. */
const campaignsMax = 1_000;

/** A recorded action that met the clauses of campaigns, at its place in the batch. */
type Hit = Readonly<{ place: number; event: RecordedEvent['event']; campaignIds: string[] }>;

/**
 * Adds the hits of a batch to its outcomes, counted by campaign: one event per tenant, with the
 * outcome of the tenant's first action that has any, since each event costs a record and a request
 * to update-sketch. The same batch always gives the same events.
 */
export const withHitEvents = (
  outcomes: readonly Outcome[],
  recordings: readonly Recording[],
): readonly Outcome[] => {
  const byTenant = Map.groupBy(recordings.flatMap(hitOf), ({ event }) => event.tenantId);
  const eventsAt = new Map(
    Array.from(byTenant.values(), (own) => [own[0]?.place, hitEvents(own)] as const),
  );
  return outcomes.map((outcome, place) => {
    const events = eventsAt.get(place);
    if (events === undefined || outcome instanceof Error) return outcome;
    return { ...outcome, domainEvents: [...events, ...outcome.domainEvents] };
  });
};

const hitOf = (recording: Recording, place: number): readonly Hit[] => {
  if (!('recorded' in recording)) return [];
  const { event, decisions } = recording.recorded;
  const campaignIds = decisions
    .filter(({ outcome }) => hits.has(outcome))
    .map(({ campaignId }) => campaignId);
  return campaignIds.length === 0 ? [] : [{ place, event, campaignIds }];
};

const hitEvents = (own: readonly Hit[]): readonly DomainEvent[] => {
  const counts = new Map<string, number>();
  for (const id of own.flatMap(({ campaignIds }) => campaignIds))
    counts.set(id, (counts.get(id) ?? 0) + 1);
  const tenantId = own[0]?.event.tenantId ?? '';
  const eventIds = own.map(({ event }) => event.eventId);
  const time = new Date(Math.max(...own.map(({ event }) => event.occurredAt.getTime())));
  return slices([...counts], campaignsMax).map((part, number) =>
    domainEventOf(CampaignsHit, {
      cause: [tenantId, String(number), ...eventIds],
      partitionKey: eventIds[0] ?? '',
      time,
      data: { tenantId, hits: Object.fromEntries(part) },
    }),
  );
};
