import { Counter } from 'prom-client';
import type { Tally } from '#shared/domain/campaigns/match-event.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import type { Recording } from '#shared/stores/postgres/events/event-store.ts';
import type { RecordedEvent } from '#shared/stores/postgres/events/record-events.ts';
import { hitFacts, qualifiedFacts } from './facts.ts';

const eventsTotal = new Counter({
  name: 'guerdon_action_events_total',
  help: 'Actions by outcome: recorded, replayed (recorded before), archived, in conflict with the recorded action, or reversed',
  labelNames: ['outcome'] as const,
});

const decisionsTotal = new Counter({
  name: 'guerdon_campaign_decisions_total',
  help: 'Decisions of campaigns about actions, by outcome; each counted when it was made',
  labelNames: ['outcome'] as const,
});

const failuresTotal = new Counter({
  name: 'guerdon_clause_failures_total',
  help: 'Decisions in which a clause failed: it does not compile, exceeds the limits, or uses a field that the event lacks',
});

/**
 * Says what stands of an event, not what was judged now: after a redelivery they may differ. A
 * replayed event says its facts again under the same ids, because the first time may have died
 * before saying them. `further` is what came of it beside, and `tally` what judging it now came to
 * beside what is recorded. One that was archived is a duplicate of which nothing can be published
 * again.
 */
export const toOutcome = (
  recording: Recording,
  { tally, further }: Readonly<{ tally: Tally | undefined; further: readonly Fact[] }>,
): Outcome => {
  eventsTotal.inc({ outcome: recording.kind });
  if (recording.kind === 'conflict') {
    const { stored, field } = recording;
    const detail = `Event ${stored.event.eventId} was already recorded with a different ${field}`;
    return new InvalidEvent('event-conflict', detail);
  }
  if (recording.kind === 'archived') return { kind: 'done', facts: [] };
  const { recorded, kind } = recording;
  if (kind === 'recorded') countDecisions(recorded, tally);
  const facts = [...hitFacts(recorded), ...qualifiedFacts(recorded), ...further];
  return { kind: 'done', facts };
};

/** Of an event that had been taken back nothing was decided. */
const countDecisions = (
  { decisions, reversedAt }: RecordedEvent,
  tally: Tally | undefined,
): void => {
  if (reversedAt !== undefined) return;
  for (const { outcome } of decisions) decisionsTotal.inc({ outcome });
  for (const [outcome, count] of tally?.outcomes ?? []) decisionsTotal.inc({ outcome }, count);
  failuresTotal.inc(tally?.failures ?? 0);
};

/** Counts a reversal by what came of it. */
export const countReversal = (outcome: 'reversed' | 'repeated' | 'early'): void =>
  eventsTotal.inc({ outcome: outcome === 'repeated' ? 'reversal-repeated' : outcome });
