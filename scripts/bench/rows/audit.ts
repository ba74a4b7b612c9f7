import { randomBytes } from 'node:crypto';
import { auditPosition } from '#shared/stores/postgres/audit/audit-position.ts';
import {
  type AuditPart,
  incrementalAudit,
} from '#shared/stores/postgres/audit/incremental-audit.ts';
import { sumWallets } from '#shared/stores/postgres/audit/sum-wallets.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { usageOf } from '../core/processor-time.ts';
import { interleave, type Sample, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { createLedgerOrders } from './orders/ledger-orders.ts';

/** The audit of what is new, on a young ledger and on one ten times as large. */
export const auditRow: Row = {
  name: 'audit',
  summary: 'the nightly audit of new entries, on 0.5 M and on 5 M old ones',
  needs: ['postgres'],
  measure: async (bench) => {
    const { quick, log } = bench;
    const young = await createWorld(bench, quick ? 20_000 : 500_000);
    const aged = await createWorld(bench, quick ? 200_000 : 5_000_000);
    try {
      const entries = quick ? 10_000 : 100_000;
      const rounds = await interleave({
        variants: { young: () => auditNew(young, entries), aged: () => auditNew(aged, entries) },
        rounds: quick ? 1 : 3,
        log,
      });
      return { figures: figures(rounds), voids: rounds.voids };
    } finally {
      await Promise.all([young.end(), aged.end()]);
    }
  },
};

/** A database in which old entries were audited. */
const createWorld = async ({ urlOf, log }: Bench, entries: number): Promise<Sql> => {
  log(`filling ${entries} old entries`);
  const url = new URL(urlOf('postgres'));
  const admin = connectPostgres({ url: url.href, max: 1 });
  url.pathname = `audit_${randomBytes(4).toString('hex')}`;
  await admin`create database ${admin(url.pathname.slice(1))}`;
  await admin.end();
  await migrate(url.href);
  const sql = connectPostgres({ url: url.href, max: 3 });
  await createLedgerOrders(sql, entries);
  await sumAll(sql);
  await sql`update audit_position set audited_entry = summed_entry from ledger_position`;
  await sql`update account_sums set is_audit_due = false`;
  await sql`vacuum analyze`;
  return sql;
};

const never = () => false;

const sumAll = async (sql: Sql): Promise<void> => {
  for (;;) {
    await sumWallets(sql, { isOver: never });
    const [row] = await sql`
      select summed_entry >= (select last_value from points_ledger_entry_no_seq) as is_done from ledger_position`;
    if (row?.['isDone'] === true) return;
  }
};

const auditNew = async (sql: Sql, entries: number): Promise<Sample> => {
  await createLedgerOrders(sql, entries);
  const audit = incrementalAudit(sql, auditPosition(sql));
  let [orders, wrong] = [0, 0];
  const report = (part: AuditPart) => {
    orders += part.orders?.examined ?? 0;
    for (const result of Object.values(part)) wrong += result.wrong;
  };
  const startedAt = performance.now();
  await sumAll(sql);
  await audit.entries({ isOver: never, report });
  await audit.wallets({ isOver: never, report });
  const seconds = (performance.now() - startedAt) / 1000;
  if (orders !== entries || wrong > 0)
    throw new VoidRound(`${orders} orders of ${entries} audited, ${wrong} wrong`);
  const { rssMb } = await usageOf(process.pid);
  return { secondsPerMillion: (seconds * 1_000_000) / entries, rssMb };
};

const figures = (rounds: Awaited<ReturnType<typeof interleave<'young' | 'aged'>>>) =>
  figuresOf('audit', rounds, [
    {
      figure: 'a million new entries, the old ones ten times as many',
      unit: 's',
      of: 'secondsPerMillion',
      variant: 'aged',
      baseline: { name: 'fewer old entries', variant: 'young' },
      target: [{ of: 'ratio', atMost: 1.2 }],
    },
    { figure: 'memory of the process', unit: 'MB', of: 'rssMb', variant: 'aged' },
  ]);
