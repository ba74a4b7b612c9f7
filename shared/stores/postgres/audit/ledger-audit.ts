import type { Sql } from '../driver/connect.ts';
import { auditBalances, auditLots } from './audit-balances.ts';
import { auditKeys } from './audit-keys.ts';
import { type AuditResult, addUp } from './audit-result.ts';
import { everything } from './audit-scope.ts';
import {
  auditExpiries,
  auditRedeemed,
  auditReservations,
  auditTransfers,
} from './audit-spending.ts';
import { auditSums } from './audit-sums.ts';
import { auditAllIncentives } from './incentives/incentive-audit.ts';
import { auditMoment } from './orders/audit-moment.ts';
import { auditOrdersAlone } from './orders/audit-orders-alone.ts';
import { auditOrdersInSequence } from './orders/audit-orders-in-sequence.ts';
import { auditCorrections, auditRefunds } from './orders/audit-refunds.ts';

/** What an audit found, check by check. */
export type LedgerAudit = Readonly<{
  /**
   * Every order: what its entries add up to, and by which rule version, from what is left of it and
   * the terms in force.
   */
  orders: AuditResult;
  /** Every corrected order was paid. */
  corrections: AuditResult;
  refunds: AuditResult;
  balances: AuditResult;
  /** The stored sums that statements and the audit of what is new begin at. */
  sums: AuditResult;
  lots: AuditResult;
  reservations: AuditResult;
  redeemed: AuditResult;
  transfers: AuditResult;
  expiries: AuditResult;
  /**
   * Every incentive that credits points is in the ledger as it is, and nothing else is rewarded.
   */
  rewards: AuditResult;
  usage: AuditResult;
  caps: AuditResult;
  coupons: AuditResult;
  /** Every change of an incentive was published, or waits to be. */
  incentiveLog: AuditResult;
  /** Every entry of the ledger is the one that its key names. */
  keys: AuditResult;
}>;

/**
 * Recomputes what is in the database independently, sharing no code with the functions that wrote
 * it: in SQL, and where the orders of a customer depend on each other by a second implementation of
 * the terms. Reads one snapshot, so it may run while the functions work; needs one connection.
 * @throws Unavailable when Postgres is unavailable.
 */
export const auditLedger = (sql: Sql): Promise<LedgerAudit> =>
  auditMoment(sql, async (tx) => {
    const scope = everything(tx);
    return {
      orders: addUp([await auditOrdersAlone(tx, scope), await auditOrdersInSequence(tx, scope)]),
      corrections: await auditCorrections(tx, scope),
      refunds: await auditRefunds(tx, scope),
      balances: await auditBalances(tx, scope),
      sums: await auditSums(tx, scope),
      lots: await auditLots(tx, scope),
      reservations: await auditReservations(tx, scope),
      redeemed: await auditRedeemed(tx, scope),
      transfers: await auditTransfers(tx, scope),
      expiries: await auditExpiries(tx, scope),
      ...(await auditAllIncentives(tx)),
      keys: await auditKeys(tx, scope),
    };
  });

/** Whether the audit found nothing wrong. */
export const isSound = (audit: LedgerAudit): boolean =>
  Object.values(audit).every(({ wrong }) => wrong === 0);

/**
 * `calc_accuracy`: the share of orders whose entries add up to what they earn, in millionths,
 * rounded down so that it is complete only without any wrong order.
 */
export const accuracyPpm = ({
  orders: { examined, wrong },
}: Pick<LedgerAudit, 'orders'>): number =>
  examined === 0 ? 1_000_000 : Math.floor(((examined - wrong) * 1_000_000) / examined);
