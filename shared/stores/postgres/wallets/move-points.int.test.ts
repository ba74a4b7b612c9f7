import { afterAll, describe, expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { lotIdOf, testWallets } from '#shared/testing/worlds/wallets.ts';
import { connectPostgres } from '../driver/connect.ts';
import { outbox } from '../journal/outbox.ts';
import type { Moved, TransferRequest } from './move-points.ts';
import { walletStore } from './wallet-store.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 12 });
const another = connectPostgres({ url, max: 12 });
const wallets = walletStore(sql);
const { fresh: freshWallet, earn, lotsOf, balanceOf, entriesOf } = testWallets(sql);
afterAll(async () => {
  await sql.end();
  await another.end();
});

const now = new Date('2026-11-21T10:00:00Z');
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const june = new Date('2027-06-01T00:00:00Z');

const moved = ({ entries: [first] }: Moved) => ({ id: first!.causeId, time: now });

describe('walletStore.transfer', () => {
  const transfer = (from: WalletKey, fields: Partial<TransferRequest> = {}): TransferRequest => ({
    transferId: derivedId(from.tenantId, 't-1'),
    from,
    to: 'c-2',
    points: 30,
    reference: 'a gift',
    cause: '/test t-1',
    now,
    lotIdOf,
    ...fields,
  });

  it('moves points with their expiry, earliest first, and lifetimes stay', async () => {
    const from = freshWallet();
    const to = { ...from, customerId: 'c-2' };
    await earn(from, 20, june);
    await earn(from, 20);
    await earn(to, 7, june);
    const answer = await wallets.transfer(transfer(from), moved);
    expect(answer.outcome).toMatchObject({
      kind: 'moved',
      entries: [{ points: -20 }, { points: -10 }],
    });
    expect(await lotsOf(from)).toEqual([[undefined, 10, 0]]);
    expect(await lotsOf(to)).toEqual([
      [june, 27, 0],
      [undefined, 10, 0],
    ]);
    expect(await balanceOf(to)).toMatchObject({ points: 37, lifetime: 7 });
    expect(
      answer.balances.map(({ customerId, points }) => [customerId, points]).toSorted(),
    ).toEqual([
      ['c-1', 10],
      ['c-2', 37],
    ]);
    expect((await entriesOf(to))[0]).toMatchObject({
      kind: 'TRANSFER',
      reason: 'from c-1: a gift',
    });
    expect(await outbox(sql).overdue(0, 1_000)).toContainEqual(answer.domainEvents[0]);
  });

  it('finds its effect again, and knows another request under the same id', async () => {
    const from = freshWallet();
    await earn(from, 20, june);
    await earn(from, 80);
    const first = await wallets.transfer(transfer(from), moved);
    const again = await wallets.transfer(transfer(from, { now: later(1) }), moved);
    expect(again.outcome).toEqual(first.outcome);
    expect(again.domainEvents).toEqual([]);
    const byCustomer = ({ balances }: typeof first) =>
      new Map(balances.map((balance) => [balance.customerId, balance]));
    expect(byCustomer(again)).toEqual(byCustomer(first));
    for (const other of [{ points: 31 }, { to: 'c-3' }, { reference: 'a loan' }]) {
      const { outcome } = await wallets.transfer(transfer(from, other), moved);
      expect(outcome).toMatchObject({ reason: 'key-reused' });
    }
    expect(await balanceOf(from)).toMatchObject({ points: 70 });
  });

  it('refuses oneself, and more than there is to spend, and makes no wallet', async () => {
    const from = freshWallet();
    await earn(from, 20);
    const refusal = async (fields: Partial<TransferRequest>) =>
      (await wallets.transfer(transfer(from, fields), moved)).outcome;
    expect(await refusal({ to: 'c-1', points: 1 })).toMatchObject({ reason: 'self-transfer' });
    expect(await refusal({ points: 21 })).toMatchObject({ reason: 'insufficient-points' });
    const nobody = { ...from, customerId: 'c-9' };
    expect(await refusal({ from: nobody })).toMatchObject({ reason: 'insufficient-points' });
    expect(await balanceOf({ ...from, customerId: 'c-2' })).toBeUndefined();
    expect(await balanceOf(nobody)).toBeUndefined();
  });

  it('makes and loses no point when two customers send to each other at once', async () => {
    const one = freshWallet();
    const other = { ...one, customerId: 'c-2' };
    await earn(one, 100, june);
    await earn(other, 100);
    await Promise.all(
      Array.from({ length: 40 }, (_, number) => {
        const [from, to] = number % 2 === 0 ? [one, 'c-2'] : [other, 'c-1'];
        const store = number % 4 < 2 ? wallets : walletStore(another);
        const transferId = derivedId(one.tenantId, String(number));
        return store.transfer(transfer(from, { to, transferId, points: 7 }), moved);
      }),
    );
    const [a, b] = [(await balanceOf(one))!, (await balanceOf(other))!];
    expect(a.points + b.points).toBe(200);
    expect(Math.min(a.points, b.points)).toBeGreaterThanOrEqual(0);
  });
});

describe('walletStore.adjust', () => {
  const adjustment = (wallet: WalletKey, fields: object = {}) => ({
    adjustmentId: derivedId(wallet.tenantId, 'a-1'),
    wallet,
    points: 25,
    reason: 'a late apology',
    by: 'ann',
    lot: { lotId: everlastingLotId },
    allowNegative: false,
    cause: '/test a-1',
    now,
    ...fields,
  });
  const adjust = (wallet: WalletKey, fields?: object) =>
    wallets.adjust(adjustment(wallet, fields), moved);

  it('credits points that never expire, or at a given time, and records who and why', async () => {
    const wallet = freshWallet();
    await adjust(wallet);
    const lot = { lotId: lotIdOf(wallet, june), expiresAt: june };
    await adjust(wallet, { lot, adjustmentId: derivedId(wallet.tenantId, 'a-2') });
    expect(await lotsOf(wallet)).toEqual([
      [june, 25, 0],
      [undefined, 25, 0],
    ]);
    expect(await balanceOf(wallet)).toMatchObject({ points: 50, lifetime: 0, version: 2 });
    expect((await entriesOf(wallet))[0]).toMatchObject({
      kind: 'ADJUST',
      counterAccount: 'adjusted',
      reason: 'ann: a late apology',
    });
  });

  it('debits points, but not below zero unless allowed', async () => {
    const wallet = freshWallet();
    await earn(wallet, 10, june);
    await earn(wallet, 5);
    const { outcome } = await adjust(wallet, { points: -16 });
    expect(outcome).toMatchObject({ detail: '15 points can be spent, 16 were requested' });
    await adjust(wallet, { points: -16, allowNegative: true });
    expect(await balanceOf(wallet)).toMatchObject({ points: -1 });
    expect(await lotsOf(wallet)).toEqual([[undefined, -1, 0]]);
  });

  it('debits a customer who never had points, if allowed', async () => {
    const wallet = freshWallet();
    expect((await adjust(wallet, { points: -3 })).outcome).toMatchObject({ kind: 'refused' });
    expect(await balanceOf(wallet)).toBeUndefined();
    await adjust(wallet, { points: -3, allowNegative: true });
    expect(await balanceOf(wallet)).toMatchObject({ points: -3, version: 1 });
  });

  it('happens once, however often it comes at once to a customer without a wallet', async () => {
    const wallet = freshWallet();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        walletStore(number % 2 === 0 ? sql : another).adjust(adjustment(wallet), moved),
      ),
    );
    expect(answers.every(({ outcome }) => outcome.kind === 'moved')).toBe(true);
    expect(answers.flatMap(({ domainEvents }) => domainEvents)).toHaveLength(1);
    expect(await balanceOf(wallet)).toMatchObject({ points: 25, version: 1 });
    const { outcome } = await adjust(wallet, { reason: 'another' });
    expect(outcome).toMatchObject({ reason: 'key-reused' });
  });
});
