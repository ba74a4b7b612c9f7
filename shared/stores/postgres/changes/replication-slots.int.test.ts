import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from '../driver/connect.ts';
import { replicationSlots } from './replication-slots.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 1 });
const slot = `guerdon_test_${randomBytes(4).toString('hex')}`;
const drop = () => sql`
  select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${slot}`;
afterAll(async () => {
  await drop();
  await sql.end();
});
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
