import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readActions } from '#scripts/backtest/read-actions.ts';
import { RecordArchived } from '#shared/domain/errors.ts';
import { ArchiveTick } from '#shared/eventing/contracts/ticks.ts';
import { createLogger } from '#shared/runtime/log.ts';
import type { ArchiveFiles } from '#shared/stores/files/archive-files.ts';
import { archiveFolder } from '#shared/stores/files/archive-folder.ts';
import { recordArchive } from '#shared/stores/postgres/archive/record-archive.ts';
import { restorePartition } from '#shared/stores/postgres/archive/restore-partition.ts';
import { verifyArchive } from '#shared/stores/postgres/archive/verify-archive.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { newTenant } from '#shared/testing/worlds/tenants.ts';
import { archiveRecords } from './handler.ts';

const sql = await testSql({ max: 8 });
const root = await mkdtemp(join(tmpdir(), 'guerdon-archive-'));
afterAll(() => rm(root, { recursive: true }));

const months = [
  '2025-01',
  '2025-02',
  '2025-03',
  '2025-04',
  '2025-05',
  '2025-06',
  '2025-07',
  '2025-08',
];
await sql.begin(async (tx) => {
  const [past] = await tx<{ partition: string; endsAt: Date }[]>`
    select partition, ends_at from partitions where table_name = 'events' and starts_at = '-infinity'`;
  await tx`alter table events detach partition ${tx(past!.partition)}`;
  await tx`select attach_partition('events', ${past!.partition}, '2025-09-01Z', ${past!.endsAt})`;
});

const payload = { text: 'a "line"\nand another' };

/** A tenant with events of a month that no other test uses. */
const world = async ({ events = 5, terms }: { events?: number; terms?: number | null } = {}) => {
  const month = months.shift()!;
  const partition = `events_${month.replace('-', '_')}`;
  const tenantId = await newTenant(sql);
  const folder = join(root, month);
  await mkdir(folder);
  await sql`select create_partition('events', ${partition})`;
  await sql`
    select attach_partition('events', ${partition}, ${`${month}-01Z`}::timestamptz,
      (${`${month}-01`}::timestamp + interval '1 month') at time zone 'UTC')`;
  if (terms !== undefined)
    await sql`insert into retention values (${tenantId}, 'events', ${terms})`;
  await sql`
    with keys as (
      insert into event_keys select ${tenantId}, 'e-' || n, ${`${month}-15Z`}::timestamptz + n * interval '1 microsecond'
      from generate_series(1, ${events}) n returning *)
    insert into events (tenant_id, event_id, received_at, user_id, action_code, event_ts, payload, decisions, cause)
    select tenant_id, event_id, received_at, 'u-1', 'VISIT', received_at, ${JSON.stringify(payload)}::text::jsonb, '[]', 'c' from keys`;
  return { month, partition, tenantId, folder };
};

type Pod = Readonly<{ files?: ArchiveFiles; now: string; runMsMax?: number; folder?: string }>;

const pod = ({ files, now, runMsMax = 60_000, folder }: Pod) => {
  const kept = files ?? (folder === undefined ? undefined : archiveFolder(folder));
  const handlers = archiveRecords({
    archive: recordArchive(sql, { files: kept, fileRowsMax: 3 }),
    exclusively: (work) => exclusively(sql, 'archive-records', work),
    clock: () => new Date(now),
    runMsMax,
    log: createLogger('test'),
  });
  return () => deliverOne(handlers, ArchiveTick);
};

const rowsOf = (tenantId: string) => sql`
  select row_to_json(events)::text as row from events where tenant_id = ${tenantId} order by event_id`;
const isAttached = async (partition: string) =>
  (await sql`select from partitions where partition = ${partition}`).length > 0;
const exists = async (partition: string) =>
  (await sql`select to_regclass(${partition}) is not null as found`)[0]?.['found'] as boolean;
/** When the default retention of events of a month has just ended. */
const over = (month: string) =>
  `2026-${String(Number(month.slice(5)) + 2).padStart(2, '0')}-01T00:00:00Z`;

describe('archive-records', () => {
  it('archives a month past its retention; its files are verified, and restoring them returns the same records', async () => {
    const { month, partition, tenantId, folder } = await world();
    const before = await rowsOf(tenantId);
    const just = new Date(Date.parse(over(month)) - 1).toISOString();
    await pod({ folder, now: just })();
    expect(await isAttached(partition)).toBe(true);

    await pod({ folder, now: over(month) })();
    expect(await exists(partition)).toBe(false);
    expect(await rowsOf(tenantId)).toEqual([]);
    await expect(eventStore(sql).find({ tenantId, eventId: 'e-1' })).rejects.toThrow(
      RecordArchived,
    );
    const period = { from: new Date('2025-01-10Z'), to: new Date('2025-01-20Z') };
    const actions = () => readActions(sql, { tenantId, campaigns: [] }, period).next();
    await expect(actions()).rejects.toThrow(`archive -- restore events/${partition}/`);
    const audit = await verifyArchive(sql, archiveFolder(folder));
    expect(audit).toEqual({ files: 2, rows: 5, wrong: [] });

    const [file] = await archiveFolder(folder).list();
    const restored = await restorePartition(sql, archiveFolder(folder), file!);
    expect(restored).toEqual({ partition, tenantId, rows: 5 });
    expect(await rowsOf(tenantId)).toEqual(before);
    expect(await actions()).toEqual({ done: true, value: undefined });
    expect(await eventStore(sql).find({ tenantId, eventId: 'e-1' })).toMatchObject({
      event: { userId: 'u-1', payload },
    });
    await pod({ folder, now: over(month) })();
    expect(await isAttached(partition)).toBe(true);
    await expect(restorePartition(sql, archiveFolder(folder), file!)).rejects.toThrow('before');
  });

  it('keeps a month for as long as any tenant with records in it wants, and all months without a folder', async () => {
    const { month, partition } = await world({ terms: 24 });
    const forEver = await world({ terms: null });
    const { folder } = forEver;
    await pod({ now: '2999-01-01T00:00:00Z' })();
    expect(await isAttached(partition)).toBe(true);
    await pod({ folder, now: over(month) })();
    expect(await isAttached(partition)).toBe(true);
    const later = new Date(Date.parse(over(month)));
    later.setUTCMonth(later.getUTCMonth() + 11);
    await pod({ folder, now: later.toISOString() })();
    expect(await exists(partition)).toBe(false);
    expect(await isAttached(forEver.partition)).toBe(true);
    await sql`delete from retention where tenant_id = ${forEver.tenantId}`;
    await pod({ folder, now: over(forEver.month) })();
    expect(await exists(forEver.partition)).toBe(false);
  });

  it('continues a run that died after a file, and drops nothing while the folder fails', async () => {
    const { month, partition, tenantId, folder } = await world();
    const folderOf = archiveFolder(folder);
    const absent = pod({ folder: join(folder, 'absent'), now: over(month) });
    await expect(absent()).rejects.toThrow(/archive .*absent cannot be used: ENOENT/);
    expect(await isAttached(partition)).toBe(true);
    let writes = 0;
    const dying: ArchiveFiles = {
      ...folderOf,
      write: (...args) => {
        writes += 1;
        return writes > 1 ? Promise.reject(new Error('killed')) : folderOf.write(...args);
      },
    };
    await expect(pod({ files: dying, now: over(month) })()).rejects.toThrow('killed');
    expect(await exists(partition)).toBe(true);
    await expect(absent()).rejects.toThrow(/archive .*absent cannot be used: ENOENT/);
    expect(await sql`select from ${sql(partition)} where tenant_id = ${tenantId}`).toHaveLength(5);
    await pod({ folder, now: over(month) })();
    expect(await exists(partition)).toBe(false);
    expect(await verifyArchive(sql, folderOf)).toMatchObject({ files: 2, rows: 5 });
  });

  it('drops nothing when a file was changed or lost, names it and writes it again', async () => {
    const { month, partition, folder } = await world();
    const folderOf = archiveFolder(folder);
    const damaging: ArchiveFiles = {
      ...folderOf,
      write: async (...args) => {
        const written = await folderOf.write(...args);
        if (written.manifest.part === 2) await writeFile(join(folder, written.file), 'damaged');
        return written;
      },
    };
    await expect(pod({ files: damaging, now: over(month) })()).rejects.toThrow('.2.ndjson.gz');
    expect(await exists(partition)).toBe(true);
    const { wrong } = await verifyArchive(sql, folderOf);
    const ours = wrong.filter(({ file }) => file.includes(partition));
    expect(ours).toEqual([
      {
        file: expect.stringContaining('.2.ndjson.gz') as string,
        problem: 'it does not match its manifest',
      },
    ]);
    await pod({ folder, now: over(month) })();
    expect(await exists(partition)).toBe(false);
  });

  it('archives each month once in two concurrent runs, and leaves no temporary file', async () => {
    const { month, partition, folder } = await world();
    const runs = await Promise.allSettled([1, 2, 3].map(() => pod({ folder, now: over(month) })()));
    expect(runs.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await exists(partition)).toBe(false);
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.endsWith('.partial'))).toEqual([]);
    expect((await verifyArchive(sql, archiveFolder(folder))).rows).toBe(5);
  });

  it('creates partitions for three months to come, however often', async () => {
    await pod({ now: '2026-01-01T00:00:00Z' })();
    const until = () => sql`
      select table_name, max(ends_at) > now() + interval '3 months' as ahead from partitions group by 1 order by 1`;
    const first = await until();
    expect(first.map(({ ahead }) => ahead as boolean)).not.toContain(false);
    await pod({ now: '2026-01-01T00:00:00Z' })();
    expect(await until()).toEqual(first);
  });
});
