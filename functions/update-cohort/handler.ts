import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { MemberPeriod } from '#shared/domain/cohorts/member-timeline.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import { CohortMembershipChanged } from '#shared/eventing/contracts/cohorts.ts';
import {
  type Action,
  ActionPerformed,
  ActionReversed,
} from '#shared/eventing/contracts/tenant-events.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';
import { actionEventOf, refuseEvent } from '#shared/rules/refuse-event.ts';
import {
  type Delivery,
  type EventHandler,
  instantOf,
  isAccepted,
  type Outcome,
  on,
  onBatch,
  outcomesOf,
} from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type {
  MemberSignal,
  RealTimeMembers,
} from '#shared/stores/postgres/cohorts/real-time-members.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import type { KnownCohort, KnownCohorts } from './known-cohorts.ts';
import { lagSeconds, signalsTotal } from './metrics.ts';

type Dependencies = Readonly<{
  cohorts: KnownCohorts;
  members: RealTimeMembers;
  outbox: Outbox;
  clock: Clock;
  batchItemsMax: number;
}>;

/**
 * Adds users to real-time cohorts, and removes them, by their actions. The resulting memberships do
 * not depend on how often, when or in which order the actions are delivered. An action of a tenant
 * without such cohorts costs a lookup in memory. A reversed action keeps its effect; to remove the
 * user, the tenant sends another action.
 */
export const updateCohorts = (dependencies: Dependencies): readonly EventHandler[] => {
  const { outbox, batchItemsMax: itemsMax } = dependencies;
  const options = { itemsMax, published: outbox.remove, unpublished: outbox.keep };
  return [
    onBatch(ActionPerformed, options, (actions) => updateBatch(dependencies, actions)),
    on(ActionReversed, () => Promise.resolve([])),
  ];
};

/** An action, with the signals that it gives. */
type AcceptedAction = Readonly<{ delivery: Delivery<Action>; signals: readonly MemberSignal[] }>;

const updateBatch = async (
  { cohorts, members, clock }: Dependencies,
  actions: readonly Delivery<Action>[],
): Promise<readonly Outcome[]> => {
  const now = clock();
  const results = await Promise.all(actions.map((action) => acceptAction(cohorts, action, now)));
  const accepted = results.filter(isAccepted);
  const deliveries = new Map(
    accepted.flatMap(({ delivery, signals }) => signals.map((signal) => [signal, delivery])),
  );
  const signals = [...deliveries.keys()];
  const recordings =
    signals.length === 0
      ? []
      : await members.record(signals, (signal, last) => ({
          ...changedEvent(signal, last, now),
          ...correlationIn(deliveries.get(signal)),
        }));
  const published = new Map<MemberSignal, DomainEvent>();
  for (const [index, recording] of recordings.entries()) {
    const signal = signals[index];
    signalsTotal.inc({ outcome: recording.kind });
    if (signal === undefined || recording.kind !== 'changed') continue;
    published.set(signal, recording.domainEvent);
    observeLag(deliveries.get(signal), clock());
  }
  const outcomes = accepted.map(
    (action): Outcome => ({
      kind: 'done',
      domainEvents: action.signals.flatMap((signal) => published.get(signal) ?? []),
    }),
  );
  return outcomesOf(results, outcomes);
};

const correlationIn = (delivery: Delivery<Action> | undefined) =>
  delivery === undefined ? {} : correlationOf(delivery.event);

const observeLag = (delivery: Delivery<Action> | undefined, now: Date): void => {
  const recordedAt = delivery?.event.time;
  if (recordedAt !== undefined)
    lagSeconds.observe(Math.max(0, now.getTime() - Date.parse(recordedAt)) / 1000);
};

/** The signals of an action, or why it is refused, for the reasons of evaluate-campaign. */
const acceptAction = async (
  cohorts: KnownCohorts,
  delivery: Delivery<Action>,
  now: Date,
): Promise<AcceptedAction | InvalidEvent> => {
  const { tenantId, action } = delivery.data;
  const known = await cohorts(tenantId, action);
  if (known === undefined) return { delivery, signals: [] };
  const occurredAt = instantOf(delivery.data.occurredAt, delivery, now);
  if (occurredAt instanceof InvalidEvent) return occurredAt;
  const event = actionEventOf(delivery.data, { occurredAt, cause: causeOf(delivery.event) });
  const refusal = refuseEvent(event, known.schema);
  if (refusal !== undefined) return new InvalidEvent(refusal.code, refusal.detail);
  return { delivery, signals: known.cohorts.flatMap((cohort) => signalsOf(cohort, event)) };
};

const signalsOf = (
  { cohortId, cohort, signalOf }: KnownCohort,
  event: ActionEvent,
): readonly MemberSignal[] => {
  const signal = signalOf(event);
  const { tenantId, userId: customerId } = event;
  return signal === undefined ? [] : [{ tenantId, cohortId, cohort, customerId, signal }];
};

const changedEvent = (
  { tenantId, cohortId, cohort, customerId: userId, signal: { eventId } }: MemberSignal,
  last: MemberPeriod | undefined,
  now: Date,
): DomainEvent => {
  const textOf = (ms: number) => new Date(ms).toISOString();
  const period = last && {
    since: textOf(last.since),
    until: last.until === null ? null : textOf(last.until),
  };
  return domainEventOf(CohortMembershipChanged, {
    // A producer that sends an action again with another time may change the period again.
    cause: [tenantId, cohortId, eventId, period?.since ?? '', period?.until ?? ''],
    partitionKey: userId,
    time: now,
    data: { tenantId, cohortId, cohort, userId, eventId, period: period ?? null },
  });
};
