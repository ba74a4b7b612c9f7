import { describe, expect, it } from 'vitest';
import { expireLots, settledBy } from './expire-lots.ts';
import type { Lot } from './lot.ts';
import { emptyEverlastingLot } from './lots.ts';

const now = new Date('2027-01-01T00:00:00Z');
const moment = { now, cause: '/test 1' };
const lotId = '7c9b6a8e-3f5d-5a41-9d0e-2b6f7c1d4e5f';

const lot = (fields: Partial<Lot> = {}): Lot => ({
  lotId,
  account: 'available',
  points: 10,
  reserved: 0,
  expired: 0,
  expiresAt: now,
  ...fields,
});

const wallet = (lots: readonly Lot[], everlasting = 0) => ({
  balance: {
    tenantId: 'default',
    customerId: 'c-1',
    program: 'points',
    points: everlasting + lots.reduce((sum, { points }) => sum + points, 0),
    pending: 0,
    reserved: 0,
    lifetime: 0,
    version: 7,
    reachedAt: now,
  },
  lots: [...lots, { ...emptyEverlastingLot, points: everlasting }],
});

const entriesOf = (lots: readonly Lot[], everlasting?: number) =>
  expireLots(wallet(lots, everlasting), moment).map(
    ({ kind, causeId, points, counterAccount }) => ({ kind, causeId, points, counterAccount }),
  );

describe('expireLots', () => {
  it('closes a lot on the millisecond of its date with one entry', () => {
    expect(expireLots(wallet([lot()]), moment)).toEqual([
      {
        tenantId: 'default',
        customerId: 'c-1',
        program: 'points',
        kind: 'EXPIRE',
        causeId: `${lotId}@7`,
        account: 'available',
        points: -10,
        counterAccount: 'expired',
        lotId,
        expiresAt: now,
        cause: '/test 1',
        occurredAt: now,
      },
    ]);
  });

  it.each([
    ['of a millisecond later', { expiresAt: new Date(now.getTime() + 1) }],
    ['that never lapses', { expiresAt: undefined }],
    ['that is pending', { account: 'pending' as const }],
    ['that is empty', { points: 0 }],
    ['that is reserved as a whole', { reserved: 10 }],
  ])('leaves a lot alone %s', (_what, fields) => {
    expect(expireLots(wallet([lot(fields)]), moment)).toEqual([]);
  });

  it('leaves reserved points in their lot', () => {
    expect(entriesOf([lot({ reserved: 4 })])).toMatchObject([{ kind: 'EXPIRE', points: -6 }]);
  });

  it('settles a debt first, and lets only the rest expire', () => {
    expect(entriesOf([lot()], -4)).toEqual([
      { kind: 'ADJUST', causeId: `${lotId}@7 from`, points: -4, counterAccount: 'adjusted' },
      { kind: 'ADJUST', causeId: `${lotId}@7 to`, points: 4, counterAccount: 'adjusted' },
      { kind: 'EXPIRE', causeId: `${lotId}@7`, points: -6, counterAccount: 'expired' },
    ]);
  });

  it('closes a lot that a debt took as a whole, with an entry of nothing', () => {
    const entries = expireLots(wallet([lot()], -25), moment);
    expect(entries.map(({ points }) => points)).toEqual([-10, 10, 0]);
    expect(settledBy(entries[2]!, entries)).toBe(10);
  });

  it('settles a debt once, with the earliest lot first', () => {
    const later = lot({ lotId: '1c9b6a8e-3f5d-5a41-9d0e-2b6f7c1d4e5f' });
    const earlier = lot({ expiresAt: new Date(now.getTime() - 1), points: 3 });
    expect(entriesOf([later, earlier], -5)).toMatchObject([
      { causeId: `${lotId}@7 from`, points: -3 },
      { causeId: `${lotId}@7 to`, points: 3 },
      { causeId: `${lotId}@7`, points: 0 },
      { causeId: `${later.lotId}@7 from`, points: -2 },
      { causeId: `${later.lotId}@7 to`, points: 2 },
      { causeId: `${later.lotId}@7`, points: -8 },
    ]);
  });
});
