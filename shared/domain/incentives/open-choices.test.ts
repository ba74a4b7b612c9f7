import { describe, expect, it } from 'vitest';
import { testIncentive } from '#shared/testing/worlds/record-incentives.ts';
import { openChoices } from './decide-incentives.ts';
import type { Incentive, IncentiveStatus } from './incentive.ts';

const choice = (incentiveId: string) => ({ qualification: { incentiveId } });
const choices = [choice('1'), choice('2'), choice('3')];
const recorded = (statuses: Readonly<Record<string, IncentiveStatus>>) =>
  new Map<string, Incentive>(
    Object.entries(statuses).map(([id, status]) => [id, testIncentive(id, { status })]),
  );

describe('openChoices', () => {
  it.each<[string, Readonly<Record<string, IncentiveStatus>>, readonly string[]]>([
    ['nothing', {}, ['1', '2', '3']],
    ['refusals', { 1: 'REFUSED', 2: 'REFUSED' }, ['3']],
    ['refusals of all', { 1: 'REFUSED', 2: 'REFUSED', 3: 'REFUSED' }, []],
    ['an issued first choice', { 1: 'ISSUED' }, []],
    ['one that was issued after a refusal', { 1: 'REFUSED', 2: 'ISSUED' }, []],
    ['one that expired since', { 1: 'EXPIRED' }, []],
    ['one that was reversed', { 1: 'REFUSED', 2: 'REVERSED' }, []],
    ['a later one that was reversed before it came', { 2: 'REVERSED' }, ['1']],
  ])('leaves after %s those that are still to be tried', (_after, statuses, open) => {
    expect(openChoices(choices, recorded(statuses))).toEqual(open.map(choice));
  });
});
