import { expect, it } from 'vitest';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { statementText } from './statement.ts';

const tomorrow = new Date('2026-11-22T00:00:00Z');
const pending = { account: 'pending' } as const;
const adjust = { kind: 'ADJUST', counterAccount: 'adjusted' } as const;
const rewarded = {
  counterAccount: 'rewarded',
  reason: 'campaign May',
  orderId: undefined,
} as const;
const cases: readonly (readonly [string, Partial<LedgerEntry>, string?])[] = [
  ['Earned 12 points with order o-1', {}],
  ['Earned 1 point with order o-1', { points: 1 }],
  ['Earned INR 12.05 with order o-1', { points: 1_205 }, 'INR'],
  ['Earned INR 0.07 with order o-1', { points: 7 }, 'INR'],
  ['Earned JPY 120 with order o-1', { points: 120 }, 'JPY'],
  [
    'Earned 12 points with order o-1, available from 2026-11-22T00:00:00.000Z',
    { ...pending, availableAt: tomorrow },
  ],
  [
    'Earned 12 points with order o-1, available once it is delivered',
    { ...pending, awaits: 'delivered' },
  ],
  ['Reversed 3 points for a refund of order o-1', { kind: 'REVERSE', points: -3 }],
  ['Added 3 points: order o-1 was rated again', { kind: 'REVISE', points: 3 }],
  ['Reversed 3 points: order o-1 was rated again', { kind: 'REVISE', points: -3 }],
  ['12 points became available', { kind: 'RELEASE', counterAccount: 'pending' }],
  ['5 points expired', { kind: 'EXPIRE', points: -5 }],
  ['Spent 5 points', { kind: 'REDEEM', points: -5 }],
  ['Spent 5 points: basket 7', { kind: 'REDEEM', points: -5, reason: 'basket 7' }],
  ['Sent 5 points to c-2', { kind: 'TRANSFER', points: -5, reason: 'to c-2' }],
  ['Received 5 points from c-2', { kind: 'TRANSFER', points: 5, reason: 'from c-2' }],
  ['Credited 5 points by ann: sorry', { ...adjust, points: 5, reason: 'ann: sorry' }],
  ['Debited 5 points by ann: fraud', { ...adjust, points: -5, reason: 'ann: fraud' }],
  ['Paid 5 points of the debt with expiring points', { ...adjust, points: 5 }],
  [
    'Wrote off 5 points that had been spent, of the points that order o-1 lost',
    { kind: 'ADJUST', counterAccount: 'written-off', points: 5 },
  ],
  [
    'Wrote off 5 points that had expired, of the points that order o-1 lost',
    { kind: 'ADJUST', counterAccount: 'expired', points: 5 },
  ],
  ['Received 5 points from campaign May', { ...rewarded, kind: 'REWARD', points: 5 }],
  ['Reversed 5 points of campaign May', { ...rewarded, kind: 'REVOKE', points: -5 }],
  [
    'Wrote off 5 points that had been spent, of the reversed points of campaign May',
    { ...rewarded, kind: 'ADJUST', counterAccount: 'written-off', points: 5 },
  ],
];

it.each(cases.map(([text, fields, unit = 'POINTS']) => ({ text, fields, unit })))(
  'statementText returns "$text"',
  ({ text, fields, unit }) => {
    expect(statementText(earnEntry(fields), unit)).toBe(text);
  },
);
