import { expect, it } from 'vitest';
import { PointsAwarded } from '#shared/eventing/contracts/points-awarded.ts';
import { earnEntry } from '#shared/testing/ledger-entries.ts';
import { toOutcome } from './outcome.ts';

const entry = earnEntry();
const balance = {
  tenantId: 'default',
  customerId: 'c-1',
  points: 12,
  lifetime: 12,
  version: 1,
  reachedAt: new Date(),
};

it('says of a booked entry a fact that fits its contract', () => {
  const outcome = toOutcome({ kind: 'booked', entry, balance });
  expect(outcome).toMatchObject({
    kind: 'done',
    facts: [{ topic: 'points-events', partitionKey: 'c-1' }],
  });
  const [fact] = 'facts' in outcome ? outcome.facts : [];
  expect(PointsAwarded.schema.safeParse(fact?.data).error).toBeUndefined();
});

it('says of a replayed entry the very same fact, whatever the balance is by now', () => {
  const replayed = { kind: 'replayed', entry, balance: { ...balance, points: 99 } } as const;
  expect(toOutcome(replayed)).toEqual(toOutcome({ kind: 'booked', entry, balance }));
});

it('refuses a conflict and names what stands', () => {
  const conflict = toOutcome({ kind: 'conflict', recorded: entry, field: 'amountMinor' });
  expect(conflict).toMatchObject({
    code: 'order-conflict',
    message: 'Order o-1 stands with another amountMinor: 125050',
  });
});
