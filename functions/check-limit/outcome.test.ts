import { describe, expect, it } from 'vitest';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
} from '#shared/eventing/contracts/incentives.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { incentiveEventOf, incentiveFact } from '#shared/eventing/incentive-fact.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import { testIncentive } from '#shared/testing/worlds/book-incentives.ts';
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

const factsOf = (outcome: Outcome): readonly Fact[] => ('facts' in outcome ? outcome.facts : []);

describe('issueOutcome', () => {
  it.each([
    ['an issued incentive', issued, IncentiveGenerated],
    ['one that was reversed since', reversed, IncentiveGenerated],
    ['a refused one', refused, IncentiveRefused],
    ['one that was reversed before it came', never, IncentiveRefused],
  ])('says of %s a fact that fits its contract, and the same again', (_of, incentive, contract) => {
    const [fact] = factsOf(issueOutcome([{ kind: 'decided', incentive }]));
    expect(fact).toMatchObject({ type: contract.type, partitionKey: 'c-1', tenantId: 'default' });
    expect(contract.schema.safeParse(fact?.data).error).toBeUndefined();
    expect(factsOf(issueOutcome([{ kind: 'replayed', incentive }]))).toEqual([fact]);
  });

  it('refuses a conflict and names it', () => {
    expect(issueOutcome([{ kind: 'conflict', field: 'userId' }])).toMatchObject({
      code: 'incentive-conflict',
      message: 'The incentive was already recorded with a different userId',
    });
  });
});

describe('reversalOutcome', () => {
  it('publishes what was reversed, and the same again', () => {
    const [fact] = factsOf(reversalOutcome({ kind: 'reversed', incentive: reversed }));
    expect(IncentiveReversed.schema.safeParse(fact?.data).error).toBeUndefined();
    expect(factsOf(reversalOutcome({ kind: 'unchanged', incentive: reversed }))).toEqual([fact]);
  });

  it.each([
    ['never was', never],
    ['was refused', refused],
    ['has expired', { ...issued, status: 'EXPIRED', endedAt } as const],
  ])('says nothing of what %s', (_of, incentive) => {
    expect(factsOf(reversalOutcome({ kind: 'unchanged', incentive }))).toEqual([]);
  });
});

describe('incentiveEventOf', () => {
  it.each([
    ['generated', issued],
    ['refused', refused],
    ['reversed', reversed],
    ['expired', reversed],
  ] as const)('tells that a fact says %s', (event, incentive) => {
    const fact = incentiveFact(incentive, event);
    expect(incentiveEventOf(fact)).toEqual({ incentiveId: incentive.incentiveId, event });
  });

  it('keeps apart what is published of one incentive', () => {
    const ids = (['generated', 'reversed', 'expired'] as const).map(
      (event) => incentiveFact(reversed, event).id,
    );
    expect(new Set(ids).size).toBe(3);
    const { data } = incentiveFact(reversed, 'expired');
    expect(IncentiveExpired.schema.safeParse(data).error).toBeUndefined();
  });
});
