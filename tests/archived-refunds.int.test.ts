/**
 * Refunds are archived month by month; what later refunds, redeliveries and audits need of them
 * stays.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { awardPoints } from '#functions/award-points/handler.ts';
import { archiveFolder } from '#shared/stores/files/archive-folder.ts';
import { recordArchive } from '#shared/stores/postgres/archive/record-archive.ts';
import { restorePartition } from '#shared/stores/postgres/archive/restore-partition.ts';
import { verifyArchive } from '#shared/stores/postgres/archive/verify-archive.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { eventsOf } from '#shared/testing/deliver.ts';
import { retried } from '#shared/testing/retried.ts';
import {
  awardWorld,
  type OrderRecord,
  placed,
  refunded,
} from '#shared/testing/worlds/award-world.ts';

const world = await awardWorld(awardPoints);
const { sql, expectSound } = world;
const { deliver } = world.pod();
const folder = await mkdtemp(join(tmpdir(), 'guerdon-archive-'));
afterAll(() => rm(folder, { recursive: true }));
const files = archiveFolder(folder);

const over = new Date('2026-11-01T00:00:00Z');
/** Runs the archive, unless another run is in progress. */
const archive = (isOver = () => false) =>
  exclusively(sql, 'archive-records', async () => {
    const records = recordArchive(sql, { files, rowsAtOnce: 1 });
    await records.detachDue(over, isOver);
    for (const partition of await records.detached()) await records.archive(partition, () => false);
  });
const restore = async (tenantId: string) => {
  const noted = await sql<{ file: string }[]>`
    select min(file) as file from archive_files where tenant_id = ${tenantId} group by partition`;
  for (const { file } of noted) await restorePartition(sql, files, file);
};
const makeOld = () => sql`update refunds set recorded_at = '2024-09-15Z'`;

const order = (tenantId: string, number: number) =>
  placed({
    ...{ tenantId, orderId: `o-${number}`, customerId: 'c-1', amountMinor: 100_000 },
    placedAt: '2026-06-01T06:00:00Z',
  });
const refund = (tenantId: string, number: number, fields: object = {}) =>
  refunded({
    ...{ tenantId, refundId: `r-${number}`, orderId: `o-${number}` },
    refundedAt: '2026-08-01T00:00:00Z',
    ...fields,
  });
const line = { lines: [{ lineId: 'l-1', amountMinor: 30_000 }] };

const rowsOf = (tenantId: string) => sql`
  select row_to_json(refunds)::text as row from refunds where tenant_id = ${tenantId} order by refund_id`;
const pointsOf = async (tenantId: string) => {
  const [balance] = await sql<{ points: number }[]>`
    select points from points_balances where tenant_id = ${tenantId}`;
  return balance?.points;
};

describe('archiving refunds', () => {
  it('keeps which points they reversed and what they named, recognizes them forever, and restores them as they were', async () => {
    const tenantId = await world.createTenant();
    await deliver([
      ...[1, 2, 3].map((number) => order(tenantId, number)),
      refund(tenantId, 1, line),
      refund(tenantId, 2),
      refund(tenantId, 3, { amountMinor: 100_001 }),
      refund(tenantId, 4),
    ]);
    await makeOld();
    const before = await rowsOf(tenantId);
    const points = await pointsOf(tenantId);

    let chunks = 0;
    await archive(() => (chunks += 1) > 3);
    await Promise.all([archive(), archive()]);
    expect(await sql`select refund_id, status from refunds where tenant_id = ${tenantId}`).toEqual([
      { refundId: 'r-4', status: 'WAITING' },
    ]);
    expect((await verifyArchive(sql, files)).wrong).toEqual([]);
    await expectSound();

    const again = [
      refund(tenantId, 1, line),
      refund(tenantId, 1, { amountMinor: 1 }),
      refund(tenantId, 1, { orderId: 'o-2' }),
      refund(tenantId, 1, { orderId: 'unknown' }),
      refund(tenantId, 2),
    ];
    const outcomes = await deliver(again);
    expect(outcomes.flatMap(eventsOf)).toEqual([]);
    expect(outcomes.filter((outcome) => outcome instanceof Error)).toEqual([]);
    expect(await rowsOf(tenantId)).toHaveLength(1);
    expect(await pointsOf(tenantId)).toBe(points);

    const refused = await deliver([
      refund(tenantId, 9, { orderId: 'o-1', amountMinor: 70_001 }),
      refund(tenantId, 9, { orderId: 'o-1', lines: [{ lineId: 'l-1', amountMinor: 1 }] }),
      refund(tenantId, 9, { orderId: 'o-2', amountMinor: 1 }),
    ]);
    expect(refused).toMatchObject(
      ['refund-exceeds-order', 'line-refunded', 'refund-exceeds-order'].map((code) => ({ code })),
    );
    await deliver([refund(tenantId, 9, { orderId: 'o-1', amountMinor: 70_000 })]);
    await expectSound();

    await restore(tenantId);
    expect(await rowsOf(tenantId)).toEqual(expect.arrayContaining([...before]));
    expect(await sql`select from archived_refunds where tenant_id = ${tenantId}`).toEqual([]);
    expect(await deliver([refund(tenantId, 1, { amountMinor: 1 })])).toMatchObject([
      { code: 'refund-conflict' },
    ]);
    await expectSound();
  });

  it('applies each once, redelivered while they are archived and restored', async () => {
    const tenantId = await world.createTenant();
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    const refunds = numbers.map((number) => refund(tenantId, number, { amountMinor: 40_000 }));
    await deliver([...numbers.map((number) => order(tenantId, number)), ...refunds]);
    await makeOld();
    const points = await pointsOf(tenantId);
    const pod = world.pod();
    const redeliver = async (record: OrderRecord): Promise<void> => {
      const outcomes = await retried(() => pod.deliver([record]));
      expect(outcomes.flatMap(eventsOf)).toEqual([]);
    };
    await Promise.all([archive(), archive(), ...refunds.map(redeliver)]);
    await Promise.all([...refunds.map(redeliver), restore(tenantId)]);
    await Promise.all(refunds.map(redeliver));
    expect(await pointsOf(tenantId)).toBe(points);
    const rows = await sql`select status from refunds where tenant_id = ${tenantId}`;
    expect(rows.map(({ status }) => status as string)).not.toContain('WAITING');
    await expectSound();
  });
});
