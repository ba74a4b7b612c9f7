import { Counter } from 'prom-client';
import { PointsAdjusted, PointsTransferred } from '#shared/eventing/contracts/points-events.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';

const carriedPointsTotal = new Counter({
  name: 'guerdon_carried_points_total',
  help: 'Points moved between accounts of one customer by kind: transferred to the account that has them, or back, and recovered for a refund',
  labelNames: ['kind'] as const,
});

/** Counts the points that a commit moved between the accounts of customers, by its events. */
export const countCarriedPoints = (events: readonly DomainEvent[]): void => {
  for (const { type, data } of events) {
    const { points } = data as Readonly<{ points: number }>;
    if (type === PointsTransferred.type) carriedPointsTotal.inc({ kind: 'transferred' }, points);
    if (type === PointsAdjusted.type) carriedPointsTotal.inc({ kind: 'recovered' }, -points);
  }
};
