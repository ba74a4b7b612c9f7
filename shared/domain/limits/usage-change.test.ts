import { expect, it } from 'vitest';
import { testIncentive } from '#shared/testing/worlds/record-incentives.ts';
import { usageChanges } from './limit-request-of.ts';

it('adds up incentives by subject, day and unit, in all and by day', () => {
  const campaignId = 'c';
  const points = { userId: 'u', campaignId, day: '2026-11-21' };
  const coupon = { ...points, currency: undefined, amount: 1, type: 'COUPON' } as const;
  const changes = usageChanges([
    testIncentive('1', points),
    testIncentive('2', points),
    testIncentive('3', { ...points, day: '2026-11-20', currency: 'INR', amount: 7 }),
    testIncentive('4', coupon),
  ]);
  const subjects = ['tenant', 'user:u', 'campaign:c', 'campaign:c:user:u'];
  const counts = [
    { day: undefined, unit: 'POINTS', count: 2, amount: 100 },
    { day: '2026-11-21', unit: 'POINTS', count: 2, amount: 100 },
    { day: undefined, unit: 'INR', count: 1, amount: 7 },
    { day: '2026-11-20', unit: 'INR', count: 1, amount: 7 },
    { day: undefined, unit: '', count: 1, amount: 0 },
    { day: '2026-11-21', unit: '', count: 1, amount: 0 },
  ];
  for (const subject of subjects) {
    const own = changes.filter((change) => change.subject === subject);
    const isShared = !subject.includes('user:');
    expect(own).toEqual(
      counts.map((each) => ({ tenantId: 'default', subject, isShared, ...each })),
    );
  }
  expect(changes).toHaveLength(subjects.length * counts.length);
});
