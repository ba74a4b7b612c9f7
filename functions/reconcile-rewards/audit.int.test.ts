import { pino } from 'pino';
import { register } from 'prom-client';
import { beforeAll, expect, it } from 'vitest';
import { auditPosition } from '#shared/stores/postgres/audit/audit-position.ts';
import { incrementalAudit } from '#shared/stores/postgres/audit/incremental-audit.ts';
import { sumWallets } from '#shared/stores/postgres/audit/sum-wallets.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { recordEverything } from '#shared/testing/worlds/record-everything.ts';
import { audit } from './audit.ts';
import { showAudit } from './show-audit.ts';

const sql = await testSql();

const logged: Record<string, unknown>[] = [];
const write = (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>);
const position = auditPosition(sql);
const dependencies = {
  incrementalAudit: incrementalAudit(sql, position),
  auditPosition: position,
  sumAll: (isOver: () => boolean) => sumWallets(sql, { isOver }),
  auditExclusively: (work: () => Promise<void>) => exclusively(sql, 'audit-ledger', work),
  log: pino({}, { write }),
};
const run = (changes: Partial<{ isFull: boolean; auditedMsMax: number }> = {}) =>
  audit(dependencies, { isFull: false, auditedMsMax: 600_000, ...changes });
const metric = (name: string) => register.getSingleMetricAsString(name);
const isAllAudited = async () => {
  await run();
  const [row] = await sql`
    select audited_entry >= (select max(entry_no) from points_ledger) as is_done from audit_position`;
  return row?.['isDone'] === true;
};

beforeAll(() => recordEverything(sql));

it('shows its progress, and that everything equals its recomputation', async () => {
  await until(isAllAudited);
  await showAudit(dependencies);
  expect(logged).toEqual([]);
  expect(await metric('guerdon_audit_entries_behind')).toContain('behind 0');
  expect(await metric('guerdon_calc_accuracy')).toContain('accuracy 1');
  const [{ ended }] = await sql<[{ ended: number }]>`
    select extract(epoch from cycle_ended_at)::float8 as ended from audit_position`;
  expect(await metric('guerdon_audit_cycle_timestamp_seconds')).toContain(
    String(Math.floor(ended)),
  );
});

it('logs damage and shows it until a whole cycle no longer finds it', async () => {
  const asAnIntruder = intruder(sql);
  await asAnIntruder(`update points_balances set points = points + 1 where customer_id = 'c-3'`);
  await run({ isFull: true });
  const examples = [{ tenantId: 'default', subject: 'points c-3' }];
  expect(logged).toMatchObject([{ check: 'balances', wrong: 1, examples, level: 50 }]);
  await run();
  await showAudit(dependencies);
  expect(await metric('guerdon_audit_wrong')).toContain('guerdon_audit_wrong{check="balances"} 1');
  await asAnIntruder(`update points_balances set points = points - 1 where customer_id = 'c-3'`);
  await run({ isFull: true });
  await showAudit(dependencies);
  expect(await metric('guerdon_audit_wrong')).not.toContain('balances');
});

it('leaves the rest to the next audit when its time is up', async () => {
  logged.length = 0;
  await run({ isFull: true, auditedMsMax: 0 });
  expect(logged).toMatchObject([{ msg: 'audited in part; the next audit continues' }]);
  await showAudit(dependencies);
  expect(await metric('guerdon_audit_entries_behind')).not.toContain('behind 0');
  await run();
  await showAudit(dependencies);
  expect(await metric('guerdon_audit_entries_behind')).toContain('behind 0');
});
