import { expect, it } from 'vitest';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { toOutcome } from './award-order.ts';

const entry = earnEntry();
it('publishes an event of a booked entry that fits its contract', () => {
  const outcome = toOutcome([{ kind: 'booked', entry }]);
  expect(outcome).toMatchObject({
    kind: 'done',
    domainEvents: [{ topic: 'points-events', partitionKey: 'c-1' }],
  });
  const [domainEvent] = 'domainEvents' in outcome ? outcome.domainEvents : [];
  expect(PointsAwarded.schema.safeParse(domainEvent?.data).error).toBeUndefined();
});

it('publishes the very same event of a replayed entry', () => {
  expect(toOutcome([{ kind: 'replayed', entry }])).toEqual(toOutcome([{ kind: 'booked', entry }]));
});

it('refuses a conflict and names what is recorded', () => {
  const conflict = toOutcome([{ kind: 'conflict', recorded: entry, field: 'amountMinor' }]);
  expect(conflict).toMatchObject({
    code: 'order-conflict',
    message: 'Order o-1 was already recorded with a different amountMinor: 125050',
  });
});
