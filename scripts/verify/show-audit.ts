import { styleText } from 'node:util';
import {
  accuracyPpm,
  isSound,
  type LedgerAudit,
} from '#shared/stores/postgres/audit/ledger-audit.ts';

/** What each check counts. */
const labels: Readonly<Record<keyof LedgerAudit, string>> = {
  orders: 'orders whose points equal the sum of their entries',
  corrections: 'corrections of orders that had been paid',
  refunds: 'refunded orders within their amounts',
  balances: 'balances equal to the sum of their entries',
  sums: 'stored sums and balances equal to the entries before them',
  lots: 'lots equal to the sum of their movements',
  reservations: 'redemptions that are consistent',
  redeemed: 'redemptions redeemed in the committed amount',
  transfers: 'transfers credited to their recipients',
  expiries: 'expiries not earlier than due',
  rewards: 'incentives credited with their amounts',
  usage: 'users, campaigns and tenants with usage equal to the sum of their incentives',
  caps: 'caps not exceeded since they were set',
  coupons: 'coupons with their code',
  incentiveLog: 'incentives with complete logs',
  keys: 'entries that match their keys',
};

/** Prints the result of an audit and returns whether it found nothing wrong. */
export const showAudit = (audit: LedgerAudit): boolean => {
  for (const name of Object.keys(labels) as (keyof LedgerAudit)[]) {
    const { examined, wrong, examples } = audit[name];
    const sign = wrong === 0 ? styleText('green', '✓') : styleText('red', '✗');
    console.log(` ${sign} ${labels[name]}: ${examined - wrong} of ${examined}`);
    for (const { tenantId, subject, recorded, recomputed } of examples) {
      console.log(`     ${tenantId} ${subject}: recorded ${recorded}, recomputed ${recomputed}`);
    }
  }
  console.log(`\ncalc_accuracy ${(accuracyPpm(audit) / 10_000).toFixed(4)} %`);
  return isSound(audit);
};
