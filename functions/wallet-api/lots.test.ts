import { describe, expect, it } from 'vitest';
import type { Lot } from '#shared/domain/ledger/lot.ts';
import { emptyEverlastingLot } from '#shared/domain/ledger/lots.ts';
import { byExpiry, expirySchedule } from './lots.ts';

const march = new Date('2027-03-31T18:30:00Z');
const april = new Date('2027-04-30T18:30:00Z');
const lot = (points: number, expiresAt?: Date, account: Lot['account'] = 'available'): Lot => ({
  ...emptyEverlastingLot,
  account,
  points,
  expiresAt,
});

describe('expirySchedule', () => {
  it('sums lots by their expiry, pending ones separately, and names the last local day', () => {
    const lots = [lot(5, april), lot(7), lot(1, march), lot(2, march), lot(4, march, 'pending')];
    expect(expirySchedule(lots, 'Asia/Kolkata')).toEqual([
      { expiresAt: march, lastDay: '2027-03-31', points: 3, pending: 4 },
      { expiresAt: april, lastDay: '2027-04-30', points: 5, pending: 0 },
    ]);
  });

  it('is empty when nothing expires', () => {
    expect(expirySchedule([lot(7)], 'UTC')).toEqual([]);
  });
});

describe('byExpiry', () => {
  it('sorts by date, usable ones before pending ones, those that never expire last', () => {
    const [first, second, third, last] = [
      lot(1, march),
      lot(2, march, 'pending'),
      lot(3, april),
      lot(4),
    ];
    expect([last, third, second, first].toSorted(byExpiry)).toEqual([first, second, third, last]);
  });
});
