import { Counter } from 'prom-client';
import type { DecisionOutcome } from '#shared/domain/campaigns/decision.ts';
import type { Tally } from '#shared/domain/campaigns/match-event.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { CampaignQualified, CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';
import { questQualification } from '#shared/eventing/quest-qualification.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import type { Recording } from '#shared/stores/postgres/events/event-store.ts';
import type {
  Consequences,
  EvaluatedEvent,
  RecordedEvent,
} from '#shared/stores/postgres/events/record-events.ts';
import type { LostIncentive, Reversal } from '#shared/stores/postgres/events/reverse-event.ts';

const eventsTotal = new Counter({
  name: 'guerdon_action_events_total',
  help: 'Actions by outcome: recorded, replayed (recorded before), archived, in conflict with the recorded action, or reversed',
  labelNames: ['outcome'] as const,
});

const decisionsTotal = new Counter({
  name: 'guerdon_campaign_decisions_total',
  help: 'Decisions of campaigns about actions, by outcome; redeliveries are not counted again',
  labelNames: ['outcome'] as const,
});

const failuresTotal = new Counter({
  name: 'guerdon_clause_failures_total',
  help: 'Decisions in which a clause failed: it does not compile, exceeds the limits, or uses a field that the event lacks',
});

/**
 * Publishes what is recorded of an event, not what was decided now: after a redelivery they may
 * differ. A replayed event publishes its events again under the same ids, because the first pod may
 * have died before publishing. `further` are its additional events, and `tally` the decisions made
 * now that are not recorded. One that was archived is a duplicate of which nothing can be published
 * again.
 */
export const toOutcome = (
  recording: Recording,
  { tally, further }: Readonly<{ tally: Tally | undefined; further: readonly DomainEvent[] }>,
): Outcome => {
  eventsTotal.inc({ outcome: recording.kind });
  if (recording.kind === 'conflict') {
    const { stored, field } = recording;
    const detail = `Event ${stored.event.eventId} was already recorded with a different ${field}`;
    return new InvalidEvent('event-conflict', detail);
  }
  if (recording.kind === 'archived') return { kind: 'done', domainEvents: [] };
  const { recorded, kind } = recording;
  if (kind === 'recorded') countDecisions(recorded, tally);
  const domainEvents = [...qualifiedEvents(recorded), ...further];
  return { kind: 'done', domainEvents };
};

/** A reversed event has no decisions. */
const countDecisions = (
  { decisions, reversedAt }: RecordedEvent,
  tally: Tally | undefined,
): void => {
  if (reversedAt !== undefined) return;
  for (const { outcome } of decisions) decisionsTotal.inc({ outcome });
  for (const [outcome, count] of tally?.outcomes ?? []) decisionsTotal.inc({ outcome }, count);
  failuresTotal.inc(tally?.failures ?? 0);
};

/** Counts a reversal by its outcome. */
export const countReversal = (outcome: 'reversed' | 'repeated' | 'early'): void =>
  eventsTotal.inc({ outcome: outcome === 'repeated' ? 'reversal-repeated' : outcome });

/**
 * The qualification event with everything that an action entitles to, in one event, so that it is
 * decided together. The same record always gives the same event.
 */
const qualifiedEvents = ({
  event: { tenantId, userId, eventId, occurredAt },
  entitlements,
  correlation,
}: Pick<EvaluatedEvent, 'event' | 'entitlements' | 'correlation'>): readonly DomainEvent[] => {
  if (entitlements.length === 0) return [];
  // An event that comes late can complete a quest with steps after it. check-limit accepts nothing
  // that is dated after its event.
  const dates = entitlements.flatMap(({ choices }) => choices.map((choice) => choice.qualifiedAt));
  return [
    domainEventOf(CampaignQualified, {
      cause: [tenantId, eventId],
      partitionKey: userId,
      time: latest([occurredAt, ...dates]),
      data: {
        ...{ tenantId, userId, eventId },
        entitlements: entitlements.map(({ priority, choices }) => ({
          priority,
          choices: choices.map(toChoice),
        })),
      },
      correlation,
    }),
  ];
};

const latest = (dates: readonly Date[]): Date =>
  new Date(Math.max(...dates.map((date) => date.getTime())));

const toChoice = ({
  tenantId: _tenant,
  userId: _user,
  reward,
  qualifiedAt,
  ...ids
}: Qualification) => ({
  ...ids,
  reward: { ...reward, expiresAt: reward.expiresAt?.toISOString() },
  qualifiedAt: qualifiedAt.toISOString(),
});

/**
 * The reversal request for an incentive of a reversed event; the same input always gives the same
 * event.
 */
export const lostEvent =
  ({ tenantId, eventId, reversedAt, correlation }: Reversal) =>
  (incentive: LostIncentive): DomainEvent =>
    domainEventOf(IncentiveReversalRequested, {
      cause: [tenantId, incentive.incentiveId, eventId],
      partitionKey: incentive.userId,
      time: reversedAt,
      data: {
        incentiveId: incentive.incentiveId,
        tenantId,
        userId: incentive.userId,
        campaignId: incentive.campaignId,
        campaignVersion: incentive.campaignVersion,
        eventId: incentive.eventId,
        reason: `event ${eventId} was reversed`,
        requestedBy: `event ${eventId}`,
        requestedAt: reversedAt.toISOString(),
      },
      correlation,
    });

/** What follows from a completed quest, and what is published of what an event entitles to. */
export const consequences: Consequences = {
  eventsOf: qualifiedEvents,
  qualificationOf: ({ userId }, { campaign }, completion) =>
    questQualification(campaign, userId, completion),
};

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
  const parts = Map.groupBy(counts, (_count, place) => Math.floor(place / campaignsMax));
  return Array.from(parts, ([number, part]) =>
    domainEventOf(CampaignsHit, {
      cause: [tenantId, String(number), ...eventIds],
      partitionKey: eventIds[0] ?? '',
      time,
      data: { tenantId, hits: Object.fromEntries(part) },
    }),
  );
};
