import { describe, expect, it } from 'vitest';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
} from '#shared/eventing/contracts/incentives.ts';
import { incentiveEvent, incentiveEventOf } from '#shared/eventing/incentive-event.ts';
import { eventsOf } from '#shared/testing/deliver.ts';
import { testIncentive } from '#shared/testing/worlds/record-incentives.ts';
import { issueOutcome, reversalOutcome } from './outcome.ts';

const endedAt = new Date('2026-11-22T00:00:00Z');
const issued = testIncentive('one', { expiresAt: endedAt });
const refused = testIncentive('two', {
  status: 'REFUSED',
  refusedBy: {
    kind: 'cap',
    ...{ scope: 'GLOBAL', subject: 'tenant', period: 'day', measure: 'count' },
    ...{ max: 3, used: 3, asked: 1 },
  },
});
const reversed: Incentive = { ...issued, status: 'REVERSED', endedAt };
const never = testIncentive('three', {
  status: 'REVERSED',
  refusedBy: { kind: 'reversed' },
  endedAt,
});

describe('issueOutcome', () => {
  it.each([
    ['an issued incentive', issued, IncentiveGenerated],
    ['one that was reversed since', reversed, IncentiveGenerated],
    ['a refused one', refused, IncentiveRefused],
    ['one that was reversed before it came', never, IncentiveRefused],
  ])(
    'publishes an event of %s that fits its contract, and the same again',
    (_of, incentive, contract) => {
      const [domainEvent] = eventsOf(issueOutcome([{ kind: 'decided', incentive }]));
      expect(domainEvent).toMatchObject({
        type: contract.type,
        partitionKey: 'c-1',
        tenantId: 'default',
      });
      expect(contract.schema.safeParse(domainEvent?.data).error).toBeUndefined();
      expect(eventsOf(issueOutcome([{ kind: 'replayed', incentive }]))).toEqual([domainEvent]);
    },
  );

  it('refuses a conflict and names it', () => {
    expect(issueOutcome([{ kind: 'conflict', field: 'userId' }])).toMatchObject({
      code: 'incentive-conflict',
      message: 'The incentive was already recorded with a different userId',
    });
  });
});

describe('reversalOutcome', () => {
  it('publishes what was reversed, and the same again', () => {
    const [domainEvent] = eventsOf(reversalOutcome({ kind: 'reversed', incentive: reversed }));
    expect(IncentiveReversed.schema.safeParse(domainEvent?.data).error).toBeUndefined();
    expect(eventsOf(reversalOutcome({ kind: 'unchanged', incentive: reversed }))).toEqual([
      domainEvent,
    ]);
  });

  it.each([
    ['never was', never],
    ['was refused', refused],
    ['has expired', { ...issued, status: 'EXPIRED', endedAt } as const],
  ])('publishes nothing of what %s', (_of, incentive) => {
    expect(eventsOf(reversalOutcome({ kind: 'unchanged', incentive }))).toEqual([]);
  });
});

describe('incentiveEventOf', () => {
  it.each([
    ['generated', issued],
    ['refused', refused],
    ['reversed', reversed],
    ['expired', reversed],
  ] as const)('recognizes the event of an incentive that is %s', (event, incentive) => {
    const domainEvent = incentiveEvent(incentive, event);
    expect(incentiveEventOf(domainEvent)).toEqual({ incentiveId: incentive.incentiveId, event });
  });

  it('keeps apart what is published of one incentive', () => {
    const ids = (['generated', 'reversed', 'expired'] as const).map(
      (event) => incentiveEvent(reversed, event).id,
    );
    expect(new Set(ids).size).toBe(3);
    const { data } = incentiveEvent(reversed, 'expired');
    expect(IncentiveExpired.schema.safeParse(data).error).toBeUndefined();
  });
});
