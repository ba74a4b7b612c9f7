import { afterAll, describe, expect, it } from 'vitest';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Redemption } from '#shared/domain/wallets/redemption.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { testWallets } from '#shared/testing/worlds/wallets.ts';
import { connectPostgres } from '../driver/connect.ts';
import { outbox } from '../journal/outbox.ts';
import type { Redeemed, RedemptionRequest, WalletAnswer } from './redeem-points.ts';
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
const july = new Date('2027-07-01T00:00:00Z');

const redeemed = ({ redemptionId }: Redemption) => ({ id: redemptionId, time: now });
const request = (
  wallet: WalletKey,
  fields: Partial<RedemptionRequest> = {},
): RedemptionRequest => ({
  ...wallet,
  redemptionId: derivedId(wallet.tenantId, 'r-1'),
  points: 30,
  reference: 'basket 7',
  createdBy: 'shop',
  timesOutAt: later(15),
  commit: false,
  now,
  cause: '/test r-1',
  ...fields,
});

const redemptionOf = ({ outcome }: WalletAnswer<Redeemed, { id: string; time: Date }>) => {
  if (outcome.kind === 'refused') throw new Error(outcome.detail);
  return outcome.redemption;
};

describe('walletStore.reserve', () => {
  it('reserves points in the lots that expire first, and records no entry', async () => {
    const wallet = freshWallet();
    await earn(wallet, 20, june);
    await earn(wallet, 20, july);
    await earn(wallet, 20);
    const answer = await wallets.reserve(request(wallet), redeemed);
    expect(redemptionOf(answer)).toMatchObject({ status: 'RESERVED', points: 30, committed: 0 });
    expect(answer.balances).toMatchObject([{ points: 60, reserved: 30, version: 4 }]);
    expect(answer.domainEvents).toEqual([]);
    expect(await lotsOf(wallet)).toEqual([
      [june, 20, 20],
      [july, 20, 10],
      [undefined, 20, 0],
    ]);
    expect(await entriesOf(wallet)).toHaveLength(3);
  });

  it('refuses more than can be spent, and returns how much can', async () => {
    const wallet = freshWallet();
    await earn(wallet, 50);
    await wallets.reserve(request(wallet), redeemed);
    const second = request(wallet, { redemptionId: derivedId(wallet.tenantId, 'r-2') });
    const { outcome } = await wallets.reserve(second, redeemed);
    expect(outcome).toEqual({
      kind: 'refused',
      reason: 'insufficient-points',
      detail: '20 points can be spent, 30 were requested',
    });
    expect(await balanceOf(wallet)).toMatchObject({ points: 50, reserved: 30 });
  });

  it('refuses a customer without a wallet and makes none', async () => {
    const wallet = freshWallet();
    const { outcome, balances } = await wallets.reserve(request(wallet), redeemed);
    expect(outcome).toMatchObject({ reason: 'insufficient-points' });
    expect(balances).toEqual([]);
    expect(await balanceOf(wallet)).toBeUndefined();
  });

  it('does not spend points whose date has come, though nobody has closed their lot', async () => {
    const wallet = freshWallet();
    await earn(wallet, 50, june);
    const { outcome } = await wallets.reserve(request(wallet, { now: june }), redeemed);
    expect(outcome).toMatchObject({ detail: '0 points can be spent, 30 were requested' });
  });

  it('finds its reservation again, and knows another request under the same id', async () => {
    const wallet = freshWallet();
    await earn(wallet, 50);
    await wallets.reserve(request(wallet), redeemed);
    const again = await wallets.reserve(request(wallet, { now: later(1) }), redeemed);
    expect(redemptionOf(again)).toMatchObject({ points: 30, timesOutAt: later(15) });
    expect(again.balances).toMatchObject([{ reserved: 30, version: 2 }]);
    const { outcome } = await wallets.reserve(request(wallet, { points: 10 }), redeemed);
    expect(outcome).toMatchObject({ reason: 'key-reused' });
  });

  it('spends at once when asked to, with its event in the outbox', async () => {
    const wallet = freshWallet();
    await earn(wallet, 20, june);
    await earn(wallet, 20);
    const answer = await wallets.reserve(request(wallet, { commit: true }), redeemed);
    const { redemptionId, ...redemption } = redemptionOf(answer);
    expect(redemption).toMatchObject({ status: 'COMMITTED', committed: 30 });
    expect(answer.balances).toMatchObject([{ points: 10, reserved: 0, lifetime: 40, version: 3 }]);
    expect(await entriesOf(wallet)).toMatchObject([
      { kind: 'REDEEM', causeId: `${redemptionId} 2`, points: -10, counterAccount: 'redeemed' },
      { kind: 'REDEEM', causeId: redemptionId, points: -20, reason: 'basket 7' },
      { kind: 'EARN' },
      { kind: 'EARN' },
    ]);
    expect(answer.domainEvents).toEqual([{ id: redemptionId, time: now }]);
    expect(await outbox(sql).overdue(0, 1_000)).toContainEqual(answer.domainEvents[0]);
    const again = await wallets.reserve(request(wallet, { commit: true }), redeemed);
    expect(redemptionOf(again)).toEqual(redemptionOf(answer));
    expect(await balanceOf(wallet)).toMatchObject({ points: 10, version: 3 });
  });

  it('never spends a point twice, over two pools and 64 at once', async () => {
    const wallet = freshWallet();
    await earn(wallet, 100, june);
    await earn(wallet, 105);
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, number) => {
        const redemptionId = derivedId(wallet.tenantId, String(number));
        const store = number % 2 === 0 ? wallets : walletStore(another);
        const points = 10;
        const commit = number % 3 === 0;
        return store.reserve(request(wallet, { redemptionId, points, commit }), redeemed);
      }),
    );
    const done = answers.filter(({ outcome }) => outcome.kind === 'redemption');
    expect(done).toHaveLength(20);
    const balance = await balanceOf(wallet);
    expect(balance!.points - balance!.reserved).toBe(5);
    const versions = done.map(({ balances }) => balances[0]!.version);
    expect(new Set(versions).size).toBe(20);
  });

  it('does what one request asks for once, however often it comes at once', async () => {
    const wallet = freshWallet();
    await earn(wallet, 100);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) => {
        const store = number % 2 === 0 ? wallets : walletStore(another);
        return store.reserve(request(wallet, { commit: true }), redeemed);
      }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(redemptionOf(answer)))).size).toBe(1);
    expect(await balanceOf(wallet)).toMatchObject({ points: 70, version: 2 });
  });
});

describe('walletStore.commit and void', () => {
  const reserved = async () => {
    const wallet = freshWallet();
    await earn(wallet, 20, june);
    await earn(wallet, 50);
    const { redemptionId } = redemptionOf(await wallets.reserve(request(wallet), redeemed));
    return { wallet, key: { ...wallet, redemptionId, now, cause: '/test' } };
  };

  it('commit spends what was reserved, once', async () => {
    const { wallet, key } = await reserved();
    const answer = await wallets.commit(key, redeemed);
    expect(answer.balances).toMatchObject([{ points: 40, reserved: 0, version: 4 }]);
    expect(answer.domainEvents).toHaveLength(1);
    expect(redemptionOf(await wallets.commit(key, redeemed))).toEqual(redemptionOf(answer));
    expect(await balanceOf(wallet)).toMatchObject({ points: 40, reserved: 0, version: 4 });
    expect(await lotsOf(wallet)).toEqual([[undefined, 40, 0]]);
  });

  it('a commit of a part spends what expires first and releases the rest', async () => {
    const { wallet, key } = await reserved();
    const answer = await wallets.commit({ ...key, points: 15 }, redeemed);
    expect(redemptionOf(answer)).toMatchObject({ status: 'COMMITTED', points: 30, committed: 15 });
    expect(await lotsOf(wallet)).toEqual([
      [june, 5, 0],
      [undefined, 50, 0],
    ]);
    expect((await wallets.commit(key, redeemed)).outcome).toMatchObject({
      reason: 'redemption-committed',
    });
  });

  it('a commit of more than was reserved is refused', async () => {
    const { key } = await reserved();
    const { outcome } = await wallets.commit({ ...key, points: 31 }, redeemed);
    expect(outcome).toMatchObject({ reason: 'more-than-reserved' });
  });

  it('void releases, as often as one likes, and then nothing is committed', async () => {
    const { wallet, key } = await reserved();
    const answer = await wallets.void(key);
    expect(answer.balances).toMatchObject([{ points: 70, reserved: 0, version: 4 }]);
    expect(redemptionOf(await wallets.void(key))).toEqual(redemptionOf(answer));
    const { outcome } = await wallets.commit(key, redeemed);
    expect(outcome).toMatchObject({ reason: 'redemption-voided' });
    expect(await balanceOf(wallet)).toMatchObject({ points: 70, reserved: 0, version: 4 });
  });

  it('what was committed is not voided', async () => {
    const { key } = await reserved();
    await wallets.commit(key, redeemed);
    expect((await wallets.void(key)).outcome).toMatchObject({ reason: 'redemption-committed' });
  });

  it('a reservation can be committed although its lot has expired meanwhile', async () => {
    const wallet = freshWallet();
    await earn(wallet, 30, later(5));
    const { redemptionId } = redemptionOf(await wallets.reserve(request(wallet), redeemed));
    const key = { ...wallet, redemptionId, now: later(10), cause: '/test' };
    expect(redemptionOf(await wallets.commit(key, redeemed))).toMatchObject({ committed: 30 });
  });

  it('knows no redemption of another wallet', async () => {
    const { key } = await reserved();
    const refusal = { reason: 'redemption-not-found' };
    const foreign = { ...key, customerId: 'c-2' };
    expect((await wallets.commit(foreign, redeemed)).outcome).toMatchObject(refusal);
    expect((await wallets.void({ ...key, program: 'miles' })).outcome).toMatchObject(refusal);
  });

  it('commit and void at once end a reservation in one of the two ways', async () => {
    const { wallet, key } = await reserved();
    const stores = [wallets, walletStore(another)];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) => {
        const store = stores[number % 2]!;
        return number % 4 < 2 ? store.commit(key, redeemed) : store.void(key);
      }),
    );
    const done = answers.filter(({ outcome }) => outcome.kind === 'redemption');
    expect(new Set(done.map((answer) => redemptionOf(answer).status)).size).toBe(1);
    expect(done).toHaveLength(10);
    expect(await balanceOf(wallet)).toMatchObject({ reserved: 0, version: 4 });
  });
});

describe('a reservation whose time is over', () => {
  const overdue = async () => {
    const wallet = freshWallet();
    await earn(wallet, 40, june);
    const { redemptionId } = redemptionOf(await wallets.reserve(request(wallet), redeemed));
    return { wallet, key: { ...wallet, redemptionId, now: later(15), cause: '/test' } };
  };

  it('is not committed, and gives its points back when it is touched', async () => {
    const { wallet, key } = await overdue();
    const { outcome, balances } = await wallets.commit(key, redeemed);
    expect(outcome).toMatchObject({ reason: 'redemption-timed-out' });
    expect(balances).toMatchObject([{ points: 40, reserved: 0, version: 3 }]);
    expect(await lotsOf(wallet)).toEqual([[june, 40, 0]]);
    expect(redemptionOf(await wallets.void(key))).toMatchObject({
      status: 'TIMED_OUT',
      endedAt: later(15),
    });
  });

  it('is committed in its last millisecond', async () => {
    const { key } = await overdue();
    const last = new Date(later(15).getTime() - 1);
    expect((await wallets.commit({ ...key, now: last }, redeemed)).outcome.kind).toBe('redemption');
  });

  it('blocks nothing else', async () => {
    const { wallet } = await overdue();
    const next = { redemptionId: derivedId(wallet.tenantId, 'r-2'), points: 40, now: later(15) };
    const answer = await wallets.reserve(request(wallet, next), redeemed);
    expect(redemptionOf(answer)).toMatchObject({ status: 'RESERVED', points: 40 });
    expect(await balanceOf(wallet)).toMatchObject({ reserved: 40 });
  });

  it('ends by timeOut once, however many call it', async () => {
    await wallets.timeOut(later(60), 1_000);
    const reservations = await Promise.all(Array.from({ length: 6 }, overdue));
    expect(await wallets.timeOut(later(14), 100)).toEqual({
      found: 0,
      balances: [],
      domainEvents: [],
    });
    const ended = await Promise.all(
      [sql, another, sql, another].map((pool) => walletStore(pool).timeOut(later(15), 4)),
    );
    const rest = await wallets.timeOut(later(15), 100);
    const balances = [...ended, rest].flatMap((one) => one.balances);
    expect(
      balances.map(({ tenantId, reserved, version }) => [tenantId, reserved, version]),
    ).toEqual(expect.arrayContaining(reservations.map(({ wallet }) => [wallet.tenantId, 0, 3])));
    expect(balances).toHaveLength(6);
    expect((await wallets.timeOut(later(15), 100)).found).toBe(0);
  });
});
