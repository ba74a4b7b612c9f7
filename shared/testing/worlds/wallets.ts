import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { walletReader } from '#shared/stores/postgres/wallets/wallet-reader.ts';
import { earnEntry } from './ledger-entries.ts';

/** The lot of a wallet that expires at an instant, or never. */
export const lotIdOf = (wallet: WalletKey, expiresAt: Date | undefined): string =>
  expiresAt
    ? derivedId('lot', wallet.tenantId, wallet.customerId, expiresAt.toISOString())
    : everlastingLotId;

/** Fills and reads wallets of a database. */
export const testWallets = (sql: Sql) => {
  const reader = walletReader(sql);
  let made = 0;
  return {
    /** A wallet in a new tenant. */
    fresh: (): WalletKey => ({
      tenantId: `tenant-${(made += 1)}`,
      customerId: 'c-1',
      program: 'points',
    }),

    /** Earns points that expire at an instant, or never; once per wallet, points and instant. */
    earn: async (wallet: WalletKey, points: number, expiresAt?: Date): Promise<void> => {
      const orderId = `o-${points}-${expiresAt?.getTime() ?? 'never'}-${wallet.customerId}`;
      const lotId = lotIdOf(wallet, expiresAt);
      await ledgerStore(sql).commit([earnEntry({ ...wallet, orderId, points, lotId, expiresAt })]);
    },

    /** Lots in the order of their expiry: expiry, points, reserved. */
    lotsOf: async (wallet: WalletKey) => {
      const lots = await reader.lots(wallet);
      const time = (expiresAt: Date | undefined) => expiresAt?.getTime() ?? Infinity;
      return lots
        .toSorted((one, other) => time(one.expiresAt) - time(other.expiresAt))
        .map(({ expiresAt, points, reserved }) => [expiresAt, points, reserved]);
    },

    /** The balance of a wallet whose customer has no other. */
    balanceOf: async ({ tenantId, customerId }: WalletKey) =>
      (await reader.wallets({ tenantId, customerId }))[0]?.balance,

    /** All entries, newest first. */
    entriesOf: async (wallet: WalletKey) =>
      (await reader.statement(wallet, { limit: 1_000 })).lines.map(({ entry }) => entry),
  };
};
