import { describe, expect, it } from 'vitest';
import {
  earningOrder,
  earningProgram,
  earningRule,
  tierLadder,
} from '#shared/testing/worlds/earning.ts';
import { emptyEverlastingLot } from '../ledger/lots.ts';
import { decidePayment } from './decide-payment.ts';
import { replay } from './earning-state.ts';
import type { WalletView } from './earning-view.ts';
import type { Program } from './program.ts';
import { StaleTerms } from './stale-terms.ts';

const timeZone = 'Asia/Kolkata';
const now = new Date('2026-06-03T00:00:00Z');
const day = (date: number) => new Date(Date.UTC(2026, 5, date));
const key = { tenantId: 'default', customerId: 'c-1', program: 'points' };
const rule = earningRule();
const tiers = [tierLadder()];

const view = (fields: Partial<WalletView> = {}): WalletView => ({
  key,
  balance: { ...key, points: 0, pending: 0, reserved: 0, lifetime: 0, version: 1, reachedAt: now },
  earning: undefined,
  tier: undefined,
  memberships: [],
  checkpoint: undefined,
  ...fields,
});

const inProgram = (program: Program, orderId: string, placedAt: Date) => ({
  order: {
    ...{ tenantId: 'default', customerId: 'c-1', orderId, amountMinor: 1_000_000, currency: 'INR' },
    ...{ placedAt, cause: `/test ${orderId}`, correlation: {} },
  },
  earning: { program, timeZone },
  rule,
  lot: { account: 'available', lotId: emptyEverlastingLot.lotId } as const,
});

describe('decidePayment', () => {
  it('pays by the rule that was looked up, without looking for it again', () => {
    const program = earningProgram([], tiers);
    const { state } = replay({ program, timeZone }, []);
    const payment = decidePayment(
      view({ earning: state, mark: { no: 0, orders: 0 } }),
      [inProgram(program, 'o-1', day(1))],
      { now },
    );
    expect(payment.history).toBeUndefined();
    expect(payment.settle().settle([])).toMatchObject({
      entries: [{ kind: 'EARN', causeId: 'o-1', points: 100 }],
      corrected: [],
      earning: { tier: 'Silver' },
      tierChange: { from: undefined, to: 'Silver', occasion: { name: 'order o-1' } },
    });
  });

  it('revises what later orders were paid when one comes late', () => {
    const program = earningProgram([rule], tiers);
    const later = earningOrder({ orderId: 'o-2', placedAt: day(2), amountMinor: 1_000_000 });
    const { state } = replay({ program, timeZone }, [later]);
    const payment = decidePayment(
      view({ earning: state, tier: 'Silver' }),
      [inProgram(program, 'o-1', day(1))],
      { now },
    );
    payment.history?.take({
      ...{ ...later, paid: 100, ruleVersion: 1, lotId: emptyEverlastingLot.lotId },
      ...{ expiresAt: undefined, entryNo: 1 },
    });
    const settlement = payment.settle().settle([emptyEverlastingLot]);
    if (settlement instanceof Error) throw settlement;
    const { entries, corrected, tierChange } = settlement;
    expect(entries.map(({ kind, causeId, points }) => [kind, causeId, points])).toEqual([
      ['EARN', 'o-1', 100],
      ['REVISE', 'o-2 order o-1', 100],
    ]);
    expect(corrected).toMatchObject([{ correction: { kind: 'REVISE', points: 100 } }]);
    expect(tierChange).toMatchObject({ from: 'Silver', to: 'Gold' });
  });

  it('pays nothing by terms under which others no longer rate its orders', () => {
    const program = earningProgram([rule]);
    const { state } = replay({ program, timeZone }, []);
    const paid = [inProgram(program, 'o-1', day(1))];
    const payment = decidePayment(view({ earning: state }), paid, { now });
    expect(payment.settle().settle([])).toBeInstanceOf(StaleTerms);
  });
});
