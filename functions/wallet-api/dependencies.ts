import type { AfterCommit } from '#shared/runtime/after-commit.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { PushSettings } from '#shared/stores/postgres/inbox/push-settings.ts';
import type { UserInbox } from '#shared/stores/postgres/inbox/user-inbox.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { WalletReader } from '#shared/stores/postgres/wallets/wallet-reader.ts';
import type { WalletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import type { ReadBalance } from './read-balance.ts';

/** What the routes read and change. */
export type Dependencies = Readonly<{
  tenants: TenantStore;
  wallets: WalletStore;
  reader: WalletReader;
  readBalance: ReadBalance;
  inbox: UserInbox;
  pushSettings: PushSettings;
  afterCommit: AfterCommit;
  clock: Clock;
}>;
