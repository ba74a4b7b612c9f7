import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { ratedInSequence } from '../earning/rated-in-sequence.ts';
import { wantedWallets } from '../ledger/lock-wallets.ts';
import { auditBalances, auditLots } from './audit-balances.ts';
import { auditKeys } from './audit-keys.ts';
import type { AuditPosition } from './audit-position.ts';
import { type AuditResult, addUp } from './audit-result.ts';
import {
  type EntryRange,
  entriesIn,
  ofOrdersIn,
  ofTransactionsIn,
  ofWallets,
} from './audit-scope.ts';
import {
  auditExpiries,
  auditRedeemed,
  auditReservations,
  auditTransfers,
} from './audit-spending.ts';
import { auditBalancesBySums, auditSums } from './audit-sums.ts';
import { auditRewards } from './incentives/audit-rewards.ts';
import { incentiveAudit } from './incentives/incentive-audit.ts';
import { rewardsIn } from './incentives/incentive-scope.ts';
import type { LedgerAudit } from './ledger-audit.ts';
import { auditMoment } from './orders/audit-moment.ts';
import { auditOrdersAlone } from './orders/audit-orders-alone.ts';
import { auditOrdersInSequence } from './orders/audit-orders-in-sequence.ts';
import { auditCorrections, auditRefunds } from './orders/audit-refunds.ts';

/** What a part of an audit looked at, and found, by check. */
export type AuditPart = Partial<LedgerAudit>;

/** Called with the findings of each part before the audit continues. */
type Report = (part: AuditPart) => void;

type Run = Readonly<{ isOver: () => boolean; report: Report }>;

/**
 * Audits in parts, each of which reads one moment. What a part found is kept, and the next one
 * begins after it, in this call or a later one. Every method returns whether it finished before its
 * time was over, and throws Unavailable if Postgres is unavailable; repeating is safe. One caller
 * at a time.
 */
export type IncrementalAudit = Readonly<{
  /**
   * Recomputes the orders, redemptions, transfers, expiries and rewards that summed, unaudited
   * entries recorded or changed.
   */
  entries: (run: Run) => Promise<boolean>;
  /**
   * Compares each wallet that has new entries with its stored sums; its lots, and its orders where
   * they depend on each other, with all its entries.
   */
  wallets: (run: Run) => Promise<boolean>;
  /**
   * Recomputes the day's wallets from their first entries: each of all wallets within a cycle.
   */
  slice: (run: Run) => Promise<boolean>;
  /**
   * Recomputes incentives with new events, their coupons, and the usage and caps of their subjects;
   * all incentives on request and every 28 days.
   */
  incentives: (run: Run) => Promise<boolean>;
}>;

/** Entry numbers of a part: as many as take a second or so. */
const entriesPerPart = 50_000;

/** Wallets of a part. */
const walletsPerPart = 500;

/** Audits what is new, and a part of what is old. */
export const incrementalAudit = (sql: Sql, position: AuditPosition): IncrementalAudit => {
  const inParts =
    (next: () => Promise<AuditPart | undefined>) =>
    async ({ isOver, report }: Run): Promise<boolean> => {
      while (!isOver()) {
        const part = await next();
        if (part === undefined) return true;
        report(part);
      }
      return false;
    };
  return {
    entries: inParts(() => auditNextEntries(sql, position)),
    wallets: (run) => {
      let after: WalletKey = { tenantId: '', customerId: '', program: '' };
      return inParts(async () => {
        const due = await position.walletsDue(after, walletsPerPart);
        const last = due.at(-1);
        if (last === undefined) return undefined;
        const part = await auditMoment(sql, (tx) => auditChanged(tx, due));
        await position.saveWallets(due, part);
        after = last;
        return part;
      })(run);
    },
    slice: inParts(async () => {
      const keys = await position.slice(walletsPerPart);
      if (keys === undefined) return undefined;
      const part = await auditMoment(sql, (tx) => auditWholly(tx, keys));
      await position.saveSlice(keys, part, { isLast: keys.length < walletsPerPart });
      return part;
    }),
    incentives: (run) => inParts(incentiveAudit(sql))(run),
  };
};

const auditNextEntries = async (
  sql: Sql,
  position: AuditPosition,
): Promise<AuditPart | undefined> => {
  const range = await position.nextEntries(entriesPerPart);
  if (range === undefined) return undefined;
  const part = await auditMoment(sql, (tx) => auditRange(tx, range));
  await position.saveEntries(range, part);
  return part;
};

const auditRange = async (tx: Transaction, range: EntryRange): Promise<AuditPart> => {
  const orders = ofOrdersIn(tx, range);
  const moves = ofTransactionsIn(tx, range);
  return {
    orders: await auditOrdersAlone(tx, orders),
    corrections: await auditCorrections(tx, orders),
    refunds: await auditRefunds(tx, orders),
    redeemed: await auditRedeemed(tx, moves),
    transfers: await auditTransfers(tx, moves),
    expiries: await auditExpiries(tx, moves),
    rewards: await auditRewards(tx, rewardsIn(tx, range)),
    keys: await auditKeys(tx, { entries: entriesIn(tx, range) }),
  };
};

const auditChanged = async (tx: Transaction, keys: readonly WalletKey[]): Promise<AuditPart> => {
  const { inSequence, withLots } = await sort(tx, keys);
  const lots = ofWallets(tx, withLots);
  return {
    balances: await auditBalancesBySums(tx, keys),
    ...(withLots.length > 0 && { lots: await auditLots(tx, lots) }),
    ...(inSequence.length > 0 && {
      orders: await auditOrdersInSequence(tx, ofWallets(tx, inSequence)),
    }),
  };
};

/** Which wallets have lots, and of which the orders depend on each other. */
const sort = async (tx: Transaction, keys: readonly WalletKey[]) => {
  const rows = await tx<(WalletKey & { isInSequence: boolean; hasLots: boolean })[]>`
    with rated as materialized (${ratedInSequence(tx)})
    select tenant_id, customer_id, program,
      (tenant_id, program) in (select tenant_id, program from rated) as is_in_sequence,
      exists (select from points_lots lot where lot.tenant_id = wanted.tenant_id
          and lot.customer_id = wanted.customer_id and lot.program = wanted.program)
        or exists (select from lapsed_lots lot where lot.tenant_id = wanted.tenant_id
          and lot.customer_id = wanted.customer_id and lot.program = wanted.program) as has_lots
    from ${wantedWallets(tx, keys)}`;
  return {
    inSequence: rows.filter(({ isInSequence }) => isInSequence),
    withLots: rows.filter(({ hasLots }) => hasLots),
  };
};

const auditWholly = async (tx: Transaction, keys: readonly WalletKey[]): Promise<AuditPart> => {
  const scope = ofWallets(tx, keys);
  const orders: readonly AuditResult[] = [
    await auditOrdersAlone(tx, scope),
    await auditOrdersInSequence(tx, scope),
  ];
  return {
    orders: addUp(orders),
    corrections: await auditCorrections(tx, scope),
    refunds: await auditRefunds(tx, scope),
    balances: await auditBalances(tx, scope),
    sums: await auditSums(tx, scope),
    lots: await auditLots(tx, scope),
    reservations: await auditReservations(tx, scope),
    redeemed: await auditRedeemed(tx, scope),
    expiries: await auditExpiries(tx, scope),
    keys: await auditKeys(tx, scope),
  };
};
