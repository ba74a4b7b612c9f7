import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lot } from '../ledger/lot.ts';
import { emptyEverlastingLot, spendable, usableLots } from '../ledger/lots.ts';
import {
  decideCommit,
  decideReservation,
  decideVoid,
  type Redemption,
  redeemEntries,
  redemptionAt,
} from './redemption.ts';

const now = new Date('2026-11-21T10:00:00Z');
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

/**
 * Lots that expire before, at and after now, in no order, and one that never expires and may be
 * owed.
 */
const someLots: fc.Arbitrary<readonly Lot[]> = fc
  .tuple(
    fc.uniqueArray(
      fc.record({
        minutes: fc.integer({ min: -3, max: 8 }),
        points: fc.nat(50),
        reserved: fc.nat(50),
      }),
      { selector: ({ minutes }) => minutes, maxLength: 6 },
    ),
    fc.integer({ min: -60, max: 60 }),
  )
  .map(([expiring, points]) => [
    ...expiring.map((lot, index) => ({
      lotId: `lot-${index}`,
      account: 'available' as const,
      points: lot.points,
      reserved: Math.min(lot.points, lot.reserved),
      expired: 0,
      expiresAt: later(lot.minutes),
    })),
    { ...emptyEverlastingLot, points },
  ]);
const points = fc.integer({ min: 1, max: 120 });
const sumOf = (parts: readonly Readonly<{ points: number }>[]) =>
  parts.reduce((sum, part) => sum + part.points, 0);

const redemption = (fields: Partial<Redemption> = {}): Redemption => ({
  tenantId: 't',
  customerId: 'c',
  program: 'points',
  redemptionId: 'r-1',
  points: 30,
  committed: 0,
  status: 'RESERVED',
  lots: [
    { lotId: 'lot-0', points: 20 },
    { lotId: 'lot-1', points: 10 },
  ],
  createdBy: 'shop',
  createdAt: now,
  timesOutAt: later(15),
  ...fields,
});

describe('decideReservation', () => {
  it('takes exactly what is asked for, from no lot more than is free in it, and leaves sooner lots empty', () => {
    fc.assert(
      fc.property(someLots, points, (lots, asked) => {
        const decision = decideReservation(lots, { points: asked, now });
        if (decision.kind === 'refused') {
          expect(asked).toBeGreaterThan(spendable(lots, now));
          return;
        }
        expect(sumOf(decision.shares)).toBe(asked);
        const shareOf = new Map(decision.shares.map((share) => [share.lotId, share.points]));
        const free = usableLots(lots, now).map((lot) => ({
          before: Math.max(0, lot.points - lot.reserved),
          taken: shareOf.get(lot.lotId) ?? 0,
        }));
        expect(free.reduce((sum, { taken }) => sum + taken, 0)).toBe(asked);
        expect(free.every(({ before, taken }) => taken <= before)).toBe(true);
        const last = free.findLastIndex(({ taken }) => taken > 0);
        expect(free.slice(0, last).every(({ before, taken }) => taken === before)).toBe(true);
      }),
    );
  });

  it('refuses exactly what exceeds the lots, and returns how much there is', () => {
    fc.assert(
      fc.property(someLots, points, (lots, asked) => {
        const { kind, ...decision } = decideReservation(lots, { points: asked, now });
        const most = Math.max(0, spendable(lots, now));
        expect(kind).toBe(asked > most ? 'refused' : 'reserve');
        if (asked > most) {
          const detail = `${most} points can be spent, ${asked} were requested`;
          expect(decision).toEqual({ reason: 'insufficient-points', detail });
        }
      }),
    );
  });
});

describe('decideCommit', () => {
  it.each([
    [undefined, [20, 10]],
    [30, [20, 10]],
    [25, [20, 5]],
    [20, [20]],
    [1, [1]],
  ])('of %s points takes %j, earliest expiry first', (part, taken) => {
    const decision = decideCommit(redemption(), { points: part, now });
    expect(decision.kind === 'commit' && decision.taken.map((share) => share.points)).toEqual(
      taken,
    );
  });

  it('is unchanged when repeated, and refuses another', () => {
    const committed = redemption({ status: 'COMMITTED', committed: 25, endedAt: now });
    expect(decideCommit(committed, { points: 25, now: later(60) })).toEqual({ kind: 'unchanged' });
    expect(decideCommit(committed, { now })).toEqual({
      kind: 'refused',
      reason: 'redemption-committed',
      detail: 'Redemption r-1 was committed with 25 at 2026-11-21T10:00:00.000Z',
    });
  });

  it.each([
    ['more than is reserved', redemption(), 31, 'more-than-reserved', now],
    ['what was voided', redemption({ status: 'VOIDED' }), 30, 'redemption-voided', now],
    ['what timed out', redemption({ status: 'TIMED_OUT' }), 30, 'redemption-timed-out', now],
    ['at the time it ends', redemption(), 30, 'redemption-timed-out', later(15)],
  ])('refuses %s', (_what, given, part, reason, at) => {
    expect(decideCommit(given, { points: part, now: at })).toMatchObject({ reason });
  });
});

describe('decideVoid', () => {
  it.each([
    ['open', redemption(), now, { kind: 'void' }],
    ['voided', redemption({ status: 'VOIDED' }), now, { kind: 'unchanged' }],
    ['overdue', redemption(), later(15), { kind: 'unchanged' }],
    [
      'committed',
      redemption({ status: 'COMMITTED', committed: 30 }),
      later(60),
      { reason: 'redemption-committed' },
    ],
  ])('decides on one that is %s', (_what, given, at, decision) => {
    expect(decideVoid(given, at)).toMatchObject(decision);
  });
});

describe('redemptionAt', () => {
  it('has ended when its time is over, and not a millisecond sooner', () => {
    const last = new Date(later(15).getTime() - 1);
    expect(redemptionAt(redemption(), last)).toEqual(redemption());
    expect(redemptionAt(redemption(), later(15))).toEqual(
      redemption({ status: 'TIMED_OUT', endedAt: later(15) }),
    );
  });
});

describe('redeemEntries', () => {
  it('takes what a redemption reserved, lot by lot, under one business key each', () => {
    fc.assert(
      fc.property(someLots, points, (lots, asked) => {
        const decision = decideReservation(lots, { points: asked, now });
        if (decision.kind === 'refused') return;
        const given = redemption({ lots: decision.shares, points: asked, reference: 'basket' });
        const entries = redeemEntries(given, decision.shares, { lots, cause: '/test 1', now });
        expect(sumOf(entries)).toBe(-asked);
        expect(new Set(entries.map(({ causeId }) => causeId)).size).toBe(entries.length);
        for (const entry of entries) {
          expect(entry).toMatchObject({ kind: 'REDEEM', account: 'available', reason: 'basket' });
          const lot = lots.find(({ lotId }) => lotId === entry.lotId);
          expect(entry.expiresAt).toEqual(lot?.expiresAt);
        }
      }),
    );
  });
});
