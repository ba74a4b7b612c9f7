import { expect, it } from 'vitest';
import { emptyEverlastingLot } from './lots.ts';
import { recoveryEntries } from './recovery-entries.ts';

const lot = { lotId: 'own', expiresAt: undefined };
const common = {
  ...{ tenantId: 'default', customerId: 'c-1', program: 'points' },
  ...{ cause: '/test 1', occurredAt: new Date(0) },
};
const effect = { kind: 'REVERSE', causeId: 'r-1', counterAccount: 'issued' } as const;
const recover = (points: number, lapsed: number, writtenOff: number) =>
  recoveryEntries(
    { lot, common, effect },
    {
      moves: points === 0 ? [] : [{ lot: emptyEverlastingLot, points }],
      expired: lapsed,
      writtenOff,
    },
  ).map((entry) => [entry.kind, entry.causeId, entry.points, entry.counterAccount]);

it('debits what its lots have, and debits and credits at once what they lack', () => {
  expect(recover(-5, 2, 3)).toEqual([
    ['REVERSE', 'r-1', -5, 'issued'],
    ['REVERSE', 'r-1 2', -5, 'issued'],
    ['ADJUST', 'REVERSE r-1 expired', 2, 'expired'],
    ['ADJUST', 'REVERSE r-1 written-off', 3, 'written-off'],
  ]);
});

it('records an effect that takes nothing', () => {
  expect(recover(0, 0, 0)).toEqual([['REVERSE', 'r-1', 0, 'issued']]);
});
