import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { testWallets } from '#shared/testing/worlds/wallets.ts';
import { ledgerStore } from '../ledger/ledger-store.ts';
import { walletReader } from './wallet-reader.ts';

const sql = await testSql();
const reader = walletReader(sql);
const ledger = ledgerStore(sql);
const { fresh } = testWallets(sql);

const lotId = derivedId('lot');
const expiresAt = new Date('2027-06-01T00:00:00Z');

/**
 * Records entries one by one, and returns an instant after each, in a millisecond in which nothing
 * is recorded.
 */
const book = async (wallet: WalletKey, ...entries: Partial<LedgerEntry>[]): Promise<Date[]> => {
  const moments: Date[] = [];
  for (const [index, entry] of entries.entries()) {
    const causeId = `e-${index}`;
    await ledger.commit([earnEntry({ ...wallet, orderId: causeId, causeId, ...entry })]);
    await sql`select pg_sleep(0.002)`;
    const [row] = await sql<[{ at: Date }]>`select clock_timestamp() as at, pg_sleep(0.002)`;
    moments.push(row.at);
  }
  return moments;
};
const pending = { account: 'pending', lotId, expiresAt, awaits: 'delivered' } as const;
const release = { kind: 'RELEASE', counterAccount: 'pending', lotId, expiresAt } as const;

/** Earned 10, 20 pending; 15 of these released; 5 of the rest reversed; 4 spent. */
const busyWallet = async () => {
  const wallet = fresh();
  const moments = await book(
    wallet,
    { points: 10 },
    { points: 20, ...pending },
    { points: 15, ...release },
    { points: -5, ...pending, kind: 'REVERSE' },
    { points: -4, kind: 'REDEEM', counterAccount: 'redeemed' },
  );
  return { wallet, moments };
};
const after = [
  { points: 10, pending: 0 },
  { points: 10, pending: 20 },
  { points: 25, pending: 5 },
  { points: 25, pending: 0 },
  { points: 21, pending: 0 },
];
const nothing = { points: 0, pending: 0 };

describe('walletReader.balanceAt', () => {
  it('is what was recorded up to an instant', async () => {
    const { wallet, moments } = await busyWallet();
    const seen = await Promise.all(moments.map((at) => reader.balanceAt(wallet, at)));
    expect(seen).toMatchObject(after);
    expect(seen.map(({ lifetime }) => lifetime)).toEqual([10, 30, 30, 25, 25]);
    expect(await reader.balanceAt(wallet, new Date(0))).toEqual({
      ...nothing,
      reserved: 0,
      lifetime: 0,
    });
  });

  it('counts an entry from the very millisecond that its statement shows', async () => {
    const { wallet } = await busyWallet();
    const { lines } = await reader.statement(wallet, { limit: 10 });
    for (const { bookedAt, after: shown } of lines)
      expect(await reader.balanceAt(wallet, bookedAt)).toMatchObject(shown);
  });
});

describe('walletReader.statement', () => {
  it('shows the balance after each line, without pending points', async () => {
    const { wallet } = await busyWallet();
    const page = await reader.statement(wallet, { limit: 10 });
    expect(page.lines.map((line) => line.after)).toEqual(after.toReversed());
    expect(page).toMatchObject({ opening: nothing, closing: after[4] });
    expect(page.next).toBeUndefined();
  });

  it('returns pages of any size that join without a gap, while new lines are recorded', async () => {
    const { wallet } = await busyWallet();
    const all = (await reader.statement(wallet, { limit: 10 })).lines;
    for (const limit of [1, 2, 3, 5]) {
      let page = await reader.statement(wallet, { limit, before: all[0]!.entryNo + 1 });
      const seen = [...page.lines];
      await book(wallet, { points: 1, causeId: `new-${limit}`, orderId: `new-${limit}` });
      while (page.next !== undefined) {
        const next = await reader.statement(wallet, { limit, before: page.next });
        expect(next.closing).toEqual(page.opening);
        page = next;
        seen.push(...page.lines);
      }
      expect(page.opening).toEqual(nothing);
      expect(seen).toEqual(all);
    }
  });

  it('is cut by when lines were recorded, and opens with the balance before', async () => {
    const { wallet, moments } = await busyWallet();
    const [first, second, , fourth] = moments;
    const page = await reader.statement(wallet, { from: second, to: fourth, limit: 10 });
    expect(page.lines.map(({ entry }) => entry.causeId)).toEqual(['e-3', 'e-2']);
    expect(page).toMatchObject({ opening: after[1], closing: after[3] });
    const still = await reader.statement(wallet, { from: fourth, to: fourth, limit: 10 });
    expect(still).toMatchObject({ lines: [], opening: after[3], closing: after[3] });
    const before = await reader.statement(wallet, { to: new Date(0), limit: 10 });
    expect(before).toEqual({ lines: [], opening: nothing, closing: nothing });
    const since = await reader.statement(wallet, { from: first, limit: 10 });
    expect(since).toMatchObject({ opening: after[0], closing: after[4] });
  });

  it('has nothing to show of a customer without a wallet', async () => {
    const page = await reader.statement(fresh(), { limit: 10 });
    expect(page).toEqual({ lines: [], opening: nothing, closing: nothing });
  });
});

describe('walletReader.lots', () => {
  it('are the balance together, those that never expire as one', async () => {
    const { wallet } = await busyWallet();
    const shown = (await reader.lots(wallet)).map(({ account, points }) => [account, points]);
    expect(shown.toSorted()).toEqual([
      ['available', 15],
      ['available', 6],
    ]);
  });
});
