import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, onTestFinished } from 'vitest';
import { startPostgres } from '#scripts/services/postgres-server.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from '../driver/connect.ts';
import { migrate } from '../schema/migrate.ts';
import { replicationSlots } from './replication-slots.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 2 });
const slot = `guerdon_test_${randomBytes(4).toString('hex')}`;
const drop = () => sql`
  select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${slot}`;
afterEach(drop);
afterAll(() => sql.end());
const slots = replicationSlots(sql);

it('shows what Postgres keeps for a slot, how long its connector is silent, and that a slot is gone', async () => {
  expect(await slots.states()).toEqual([]);
  await sql`select pg_create_logical_replication_slot(${slot}, 'pgoutput')`;
  await sql`insert into tenants (tenant_id, name, currency) values ('t', 'T', 'INR')`;
  const [alone] = await slots.states();
  expect(alone).toMatchObject({ slot, silentSeconds: 0, isLost: false });
  expect(alone?.lagBytes).toBeGreaterThan(0);
  await sql`insert into cdc_heartbeats (slot_name, beat_at) values (${slot}, now() - interval '1 hour')`;
  const [silent] = await slots.states();
  expect(silent?.silentSeconds).toBeGreaterThanOrEqual(3600);
  await drop();
  expect(await slots.states()).toMatchObject([{ slot, lagBytes: 0, isLost: true }]);
  await sql`delete from cdc_heartbeats`;
  expect(await slots.states()).toEqual([]);
});

it('counts the log of transactions that are still open, which Postgres keeps although it is confirmed', async () => {
  await sql`select pg_create_logical_replication_slot(${slot}, 'pgoutput')`;
  await sql.begin(async (open) => {
    await open`insert into tenants (tenant_id, name, currency) values ('open', 'T', 'INR')`;
    // As part of a transaction, since only a commit writes what the log's buffers hold.
    await sql`select pg_logical_emit_message(true, 'test', ${'x'.repeat(1_000_000)})`;
    await sql`select pg_replication_slot_advance(${slot}, pg_current_wal_lsn())`;
    const [state] = await slots.states();
    expect(state?.lagBytes).toBeGreaterThan(1_000_000);
  });
});

it('shows that Postgres gave a slot up before its log filled the disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'guerdon-slots-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  // The server does not run as root.
  await chmod(directory, 0o755);
  const { url: ownUrl, server } = await startPostgres(
    { directory: join(directory, 'server'), isDurable: false, log: () => undefined },
    { max_slot_wal_keep_size: '32MB' },
  );
  onTestFinished(() => server?.stop());
  await migrate(ownUrl);
  const own = connectPostgres({ url: ownUrl, max: 1 });
  onTestFinished(() => own.end());
  await own`select pg_create_logical_replication_slot(${slot}, 'pgoutput')`;
  await own`insert into cdc_heartbeats (slot_name, beat_at) values (${slot}, now())`;
  const fillFiles = async (count: number) => {
    for (let file = 0; file < count; file += 1) {
      await own`select pg_logical_emit_message(false, 'test', 'x')`;
      await own`select pg_switch_wal()`;
    }
    await own`checkpoint`;
  };
  await fillFiles(1);
  const [kept] = await replicationSlots(own).states();
  expect(kept).toMatchObject({ slot, isLost: false });
  expect(kept?.lagBytes).toBeGreaterThan(0);
  await fillFiles(4);
  expect(await replicationSlots(own).states()).toMatchObject([{ slot, lagBytes: 0, isLost: true }]);
});
