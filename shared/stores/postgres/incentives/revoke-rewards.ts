import { assert } from '#shared/domain/assert.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import type { ReversalRequest } from '#shared/domain/incentives/reverse-incentive.ts';
import { revokeReward } from '#shared/domain/incentives/revoke-reward.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { EntryKind, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { addExpired } from '../ledger/add-expired.ts';
import {
  type EntryRow,
  entryColumns,
  entryKeyColumns,
  recordedEntry,
  toEntry,
} from '../ledger/ledger-rows.ts';
import { lockedWallet, lockWallets, walletName } from '../ledger/lock-wallets.ts';
import { recordEntries } from '../ledger/record-entries.ts';

/** A reversal of an incentive that was issued. */
type DueReversal = Readonly<{ request: ReversalRequest; incentive: Incentive }>;

/**
 * Takes back points that incentives credited to programs, as far as their customers still have
 * them. Returns the wallets as they are then.
 */
export const revokeRewards = async (
  tx: Transaction,
  due: readonly DueReversal[],
  now: Date,
): Promise<readonly Balance[]> => {
  const rewards = await readRewards(
    tx,
    due.map(({ incentive }) => incentive).filter(({ program }) => program !== undefined),
  );
  if (rewards.size === 0) return [];
  const keys = [...rewards.values()];
  const wallets = await addExpired(tx, await lockWallets(tx, keys, { create: false }), keys);
  const lots = new Map([...wallets].map(([key, wallet]) => [key, wallet.lots]));
  const entries = due.flatMap(({ request, incentive }) => {
    const reward = rewards.get(incentive.incentiveId);
    if (reward === undefined) return [];
    const { reason, cause, requestedAt: occurredAt } = request;
    const key = walletName(reward);
    const revoked = revokeReward(reward, {
      lots: lots.get(key) ?? lockedWallet(wallets, reward).lots,
      ...{ now, reason, cause, occurredAt },
    });
    lots.set(key, revoked.lots);
    return revoked.entries;
  });
  const recorded = await recordEntries(tx, entries);
  assert(recorded.size === entries.length, 'the reversal of an issued incentive is new');
  return [...recorded.values()];
};

const kind: EntryKind = 'REWARD';

/** The REWARD of each incentive. */
const readRewards = async (
  tx: Transaction,
  incentives: readonly Incentive[],
): Promise<ReadonlyMap<string, LedgerEntry>> => {
  if (incentives.length === 0) return new Map();
  const wanted = incentives.map((one) => ({ ...one, kind, causeId: one.incentiveId }));
  const rows = await tx<EntryRow[]>`
    select ${entryColumns(tx)} from ${rowsOf(tx, { wanted }, entryKeyColumns)}
    cross join lateral (${recordedEntry(tx)}) ledger`;
  assert(rows.length === incentives.length, 'what an issued incentive credits is in the ledger');
  return new Map(rows.map(toEntry).map((entry) => [entry.causeId, entry]));
};
