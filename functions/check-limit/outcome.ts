import { Counter } from 'prom-client';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type {
  ArchivedIncentive,
  Incentive,
  IncentiveConflict,
  Refusal,
} from '#shared/domain/incentives/incentive.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { incentiveEvent } from '#shared/eventing/incentive-event.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import type { IssueOutcome } from '#shared/stores/postgres/incentives/issue-incentives.ts';
import type { ReversalOutcome } from '#shared/stores/postgres/incentives/reverse-incentives.ts';

const incentivesTotal = new Counter({
  name: 'guerdon_incentives_total',
  help: 'Incentives by outcome: issued, refused, replayed (recorded before), or reversed',
  labelNames: ['outcome', 'type'] as const,
});

const refusalsTotal = new Counter({
  name: 'guerdon_incentive_refusals_total',
  help: 'Refused incentives by the cap that was reached; without a cap the scope is the reason',
  labelNames: ['scope', 'period'] as const,
});

/**
 * Publishes the recorded state of the requested incentives, not what was decided now: a redelivery
 * publishes the same again, because the first pod may have died before publishing.
 */
export const issueOutcome = (outcomes: readonly IssueOutcome[]): Outcome => {
  const domainEvents: DomainEvent[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'conflict') return conflict(outcome.field);
    // Its events were published before it was archived.
    if (outcome.kind !== 'archived') domainEvents.push(issueEvent(outcome));
  }
  return { kind: 'done', domainEvents };
};

const issueEvent = ({
  kind,
  incentive,
}: Exclude<IssueOutcome, { kind: 'conflict' | 'archived' }>): DomainEvent => {
  const { type, refusedBy } = incentive;
  const change = refusedBy === undefined ? 'generated' : 'refused';
  const now = change === 'generated' ? 'issued' : 'refused';
  incentivesTotal.inc({ outcome: kind === 'replayed' ? kind : now, type });
  if (kind === 'decided' && refusedBy !== undefined) refusalsTotal.inc(labelsOf(refusedBy));
  return incentiveEvent(incentive, change);
};

/**
 * Publishes that an incentive was reversed, also if that was published before; one that was never
 * issued has no event.
 */
export const reversalOutcome = (outcome: ReversalOutcome): Outcome => {
  if (outcome.kind === 'conflict') return conflict(outcome.field);
  if (outcome.kind === 'archived') return archived(outcome.archived);
  const { kind, incentive } = outcome;
  if (kind === 'reversed') incentivesTotal.inc({ outcome: kind, type: incentive.type });
  return {
    kind: 'done',
    domainEvents: wasTaken(incentive) ? [incentiveEvent(incentive, 'reversed')] : [],
  };
};

const wasTaken = ({ status, refusedBy }: Incentive): boolean =>
  status === 'REVERSED' && refusedBy === undefined;

const labelsOf = (refusedBy: Refusal) =>
  refusedBy.kind === 'cap'
    ? { scope: refusedBy.scope, period: refusedBy.period }
    : { scope: refusedBy.kind, period: 'none' };

const archived = ({ incentiveId, issuedAt }: ArchivedIncentive): InvalidEvent =>
  new InvalidEvent(
    'incentive-archived',
    `Incentive ${incentiveId} of ${issuedAt.toISOString().slice(0, 10)} was archived; restore it before reversing it`,
  );

const conflict = (field: IncentiveConflict): InvalidEvent =>
  new InvalidEvent(
    'incentive-conflict',
    `The incentive was already recorded with a different ${field}`,
  );
