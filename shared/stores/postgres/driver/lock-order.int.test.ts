import { describe, expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { ledgerStore } from '../ledger/ledger-store.ts';
import { lockWallets } from '../ledger/lock-wallets.ts';
import { walletStore } from '../wallets/wallet-store.ts';
import { inTransaction } from './transaction.ts';

const sql = await testSql({ max: 8 });

const key = (customerId: string) => ({ tenantId: 'default', customerId, program: 'points' });
let orders = 0;
const earn = (...customers: readonly string[]) =>
  ledgerStore(sql).commit(
    customers.map((customerId) =>
      earnEntry({ customerId, orderId: `o-${(orders += 1)}`, lotId: everlastingLotId }),
    ),
  );

const waiting = () => lockWaits(sql);

/**
 * Holds the wallet `held` while `first`, and then `second`, go as far as they can; then lets both
 * go on.
 */
const interleaved = async (
  held: string,
  ...works: readonly [first: () => Promise<unknown>, second: () => Promise<unknown>]
): Promise<void> => {
  let done = 0;
  const running: Promise<unknown>[] = [];
  await inTransaction(sql, async (tx) => {
    await lockWallets(tx, [key(held)], { create: false });
    for (const work of works) {
      running.push(work().finally(() => (done += 1)));
      const isAsFar = async () => (await waiting()) + done >= running.length;
      await until(isAsFar);
    }
  });
  await Promise.all(running);
};

describe('wallets are locked in key order, whoever locks them', () => {
  it('by what creates one wallet and locks others, and by a batch of orders', async () => {
    await earn('a-1', 'a-2');
    const keys = ['a-1', 'a-2', 'a-3'].map(key);
    await interleaved(
      'a-1',
      () => inTransaction(sql, (tx) => lockWallets(tx, keys, { create: true })),
      () => earn('a-2', 'a-3'),
    );
  });

  it('by a batch of orders and by a transfer to somebody who has no wallet yet', async () => {
    await earn('b-2', 'b-3');
    const transfer = () =>
      walletStore(sql).transfer(
        {
          ...{ transferId: 't-1', from: key('b-3'), to: 'b-1', points: 5, cause: '/test t-1' },
          ...{ now: new Date(), lotIdOf: () => everlastingLotId },
        },
        () => ({ id: '00000000-0000-4000-8000-000000000001', time: new Date() }),
      );
    await interleaved('b-2', () => earn('b-1', 'b-2', 'b-3'), transfer);
  });

  it('so Postgres never has to end one of them', async () => {
    const batch = () => {
      const customers = Array.from({ length: 12 }, (_, number) => `x-${orders + number}`);
      return [...customers, 'x-0', 'x-1'];
    };
    await Promise.all(
      Array.from({ length: 40 }, (_, round) =>
        round % 2 === 0
          ? earn(...batch())
          : inTransaction(sql, (tx) =>
              lockWallets(tx, batch().map(key).toReversed(), { create: true }),
            ),
      ),
    );
    await sql`select pg_stat_force_next_flush()`;
    const [stats] = await sql`
      select deadlocks::int from pg_stat_database where datname = current_database()`;
    expect(stats).toEqual({ deadlocks: 0 });
  });
});
