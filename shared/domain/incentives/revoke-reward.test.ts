import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Lot } from '../ledger/lot.ts';
import { emptyEverlastingLot } from '../ledger/lots.ts';
import { revokeReward } from './revoke-reward.ts';

const now = new Date('2026-11-21T12:00:00Z');
const june = new Date('2027-06-01T00:00:00Z');

const reward = (fields: Partial<LedgerEntry> = {}): LedgerEntry => ({
  tenantId: 'default',
  program: 'points',
  kind: 'REWARD',
  causeId: 'i-1',
  customerId: 'u-1',
  account: 'available',
  points: 50,
  counterAccount: 'rewarded',
  lotId: 'lot-june',
  expiresAt: june,
  reason: 'campaign Monsoon',
  cause: '/test 1',
  occurredAt: new Date('2026-11-20T12:00:00Z'),
  ...fields,
});
const lot = (fields: Partial<Lot>): Lot => ({
  ...emptyEverlastingLot,
  lotId: 'lot-june',
  expiresAt: june,
  ...fields,
});
const revoke = (lots: readonly Lot[], given = reward()) =>
  revokeReward(given, { lots, now, reason: 'cancelled', cause: '/test 2', occurredAt: now });

const essence = ({ kind, causeId, lotId, points, counterAccount }: LedgerEntry) => [
  kind,
  causeId,
  lotId,
  points,
  counterAccount,
];
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('revokeReward', () => {
  it('takes from its own lot first, then from others, one entry each', () => {
    const everlasting = { ...emptyEverlastingLot, points: 30 };
    const { entries } = revoke([everlasting, lot({ points: 40 })]);
    expect(entries.map(essence)).toEqual([
      ['REVOKE', 'i-1', 'lot-june', -40, 'rewarded'],
      ['REVOKE', 'i-1 2', everlasting.lotId, -10, 'rewarded'],
    ]);
    expect(entries[0]).toMatchObject({
      reason: 'campaign Monsoon: cancelled',
      cause: '/test 2',
      occurredAt: now,
      expiresAt: june,
    });
  });

  it('takes what was spent and gives it back at once', () => {
    const { entries } = revoke([lot({ points: 20 })]);
    expect(entries.map(essence)).toEqual([
      ['REVOKE', 'i-1', 'lot-june', -20, 'rewarded'],
      ['REVOKE', 'i-1 2', 'lot-june', -30, 'rewarded'],
      ['ADJUST', 'REVOKE i-1 written-off', 'lot-june', 30, 'written-off'],
    ]);
  });

  it('does not reverse what has expired', () => {
    const { entries, lots } = revoke([lot({ expired: 50 }), { ...emptyEverlastingLot, points: 9 }]);
    expect(entries.map(essence)).toEqual([
      ['REVOKE', 'i-1', 'lot-june', -50, 'rewarded'],
      ['ADJUST', 'REVOKE i-1 expired', 'lot-june', 50, 'expired'],
    ]);
    expect(lots.find(({ lotId }) => lotId === 'lot-june')).toMatchObject({ points: 0, expired: 0 });
  });

  it('leaves reserved points alone', () => {
    const { entries } = revoke([lot({ points: 50, reserved: 50 })]);
    expect(sum(entries.map(({ points }) => points))).toBe(0);
  });

  it('reverses exactly the reward, and no lot below nothing', () => {
    const anyLots = fc.array(
      fc.record({ points: fc.nat(60), expired: fc.nat(60), isOwn: fc.boolean() }),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(anyLots, fc.nat(100), (found, points) => {
        const own = found.findIndex(({ isOwn }) => isOwn);
        const lots = found.map((held, index) =>
          lot({ ...held, lotId: index === own ? 'lot-june' : `lot-${index}` }),
        );
        const { entries, lots: after } = revoke(lots, reward({ points }));
        const revoked = entries.filter(({ kind }) => kind === 'REVOKE');
        expect(sum(revoked.map((entry) => entry.points))).toBe(0 - points);
        const change = sum(after.map((held) => held.points)) - sum(lots.map((held) => held.points));
        expect(sum(entries.map((entry) => entry.points))).toBe(change);
        expect(after.every((held) => held.points >= 0 && held.expired >= 0)).toBe(true);
        expect(new Set(entries.map(({ kind, causeId }) => kind + causeId)).size).toBe(
          entries.length,
        );
      }),
    );
  });
});
