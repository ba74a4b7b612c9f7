import { pino } from 'pino';
import { register } from 'prom-client';
import { expect, it } from 'vitest';
import type { LedgerAudit } from '#shared/stores/postgres/ledger-audit.ts';
import { audit } from './audit.ts';

const sound = { examined: 4, wrong: 0, examples: [] };
const found: LedgerAudit = {
  orders: sound,
  corrections: sound,
  refunds: sound,
  balances: sound,
  lots: sound,
  reservations: sound,
  redeemed: sound,
  transfers: sound,
  expiries: sound,
  rewards: sound,
  usage: sound,
  caps: sound,
  coupons: sound,
  incentiveLog: sound,
};

const run = async (ledger: LedgerAudit) => {
  const logged: Record<string, unknown>[] = [];
  const write = (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>);
  await audit({ ledgerAudit: () => Promise.resolve(ledger), log: pino({}, { write }) });
  const metric = async (name: string) => register.getSingleMetricAsString(name);
  return { logged, metric };
};

it('says that everything is as it was recomputed', async () => {
  const { logged, metric } = await run(found);
  expect(logged).toEqual([]);
  expect(await metric('guerdon_calc_accuracy')).toContain('guerdon_calc_accuracy 1');
});

it('says which check found damage, how much of it and where', async () => {
  const examples = [
    { tenantId: 'default', subject: 'points o-1', recorded: '12', recomputed: '13' },
  ];
  const { logged, metric } = await run({ ...found, orders: { examined: 4, wrong: 1, examples } });
  expect(logged).toMatchObject([{ check: 'orders', wrong: 1, examples, level: 50 }]);
  expect(await metric('guerdon_calc_accuracy')).toContain('guerdon_calc_accuracy 0.75');
  expect(await metric('guerdon_audit_wrong')).toContain('guerdon_audit_wrong{check="orders"} 1');
});
