import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from '../driver/connect.ts';
import { migrate } from './migrate.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4 });
const root = await mkdtemp(join(tmpdir(), 'guerdon-migrate-'));
afterAll(async () => {
  await sql.end();
  await rm(root, { recursive: true });
});

let path = '';
beforeEach(async (context) => {
  path = join(root, context.task.id);
  await mkdir(path);
  await sql`drop table if exists parcels, labels`;
  await sql`delete from schema_migrations where name like '9%'`;
});

const write = (name: string, text: string) => writeFile(join(path, name), text);
const patience = { lockMs: 50, attemptsMax: 3, pauseMs: 10 };
const run = (options = {}) =>
  migrate(url, { folder: pathToFileURL(`${path}/`), ...patience, ...options });
const tables = async () =>
  (
    await sql<{ tablename: string }[]>`select tablename from pg_tables
    where tablename in ('parcels', 'labels') order by 1`
  ).map(({ tablename }) => tablename);
const validity = async (index: string) =>
  (
    await sql<
      { indisvalid: boolean }[]
    >`select indisvalid from pg_index where indexrelid = to_regclass(${index})`
  )[0]?.indisvalid;

const createParcels =
  'create table parcels (id int, weight int); insert into parcels values (1, 5), (1, 6);';
const indexParcels = `-- outside a transaction
create unique index concurrently if not exists parcels_by_id on parcels (id);
comment on index parcels_by_id is 'Semicolons; are no end';`;

describe('a migration', () => {
  it('is a transaction of its own: a file that fails leaves nothing, those before it stay, and the next run continues', async () => {
    await write('9001_parcels.sql', createParcels);
    await write('9002_labels.sql', 'create table labels (id int); select 1 / 0;');
    const lines: string[] = [];
    const failed = run({ report: (line: string) => lines.push(line) });
    await expect(failed).rejects.toThrow('Migration 9002_labels.sql failed: division by zero');
    expect(await tables()).toEqual(['parcels']);
    expect(lines).toEqual([expect.stringMatching(/^9001_parcels.sql: applied in \d+\.\d s$/)]);
    await write('9002_labels.sql', 'create table labels (id int);');
    expect(await run()).toEqual(['9002_labels.sql']);
    expect(await run()).toEqual([]);
  });

  it('runs outside a transaction where it is marked so, and replaces an invalid index that an interrupted run left', async () => {
    await write('9001_parcels.sql', createParcels);
    await write('9002_index.sql', indexParcels);
    await expect(run()).rejects.toThrow('could not create unique index');
    expect(await validity('parcels_by_id')).toBe(false);
    await sql`delete from parcels where weight = 6`;
    expect(await run()).toEqual(['9002_index.sql']);
    expect(await validity('parcels_by_id')).toBe(true);
    await sql`delete from schema_migrations where name = '9002_index.sql'`;
    expect(await run()).toEqual(['9002_index.sql']);
  });

  it('must be repeatable where it creates an index concurrently', async () => {
    await write('9001_parcels.sql', createParcels);
    await write('9002_index.sql', indexParcels.replace('if not exists ', ''));
    await expect(run()).rejects.toThrow('must say "if not exists"');
  });

  it('is applied once by several deployers at once, none of whom blocks a concurrent index of the other', async () => {
    await write('9001_parcels.sql', createParcels.replace(', (1, 6)', ''));
    await write('9002_index.sql', indexParcels);
    await write('9003_labels.sql', 'create table labels (id int);');
    const applied = await Promise.all([run(), run(), run()]);
    expect(applied.flat().sort()).toEqual([
      '9001_parcels.sql',
      '9002_index.sql',
      '9003_labels.sql',
    ]);
  });
});

describe('a migration whose lock is taken', () => {
  /** Runs the work while an open transaction has read the table. */
  const whileReading = async (work: (endReader: () => Promise<unknown>) => Promise<void>) => {
    const reading = Promise.withResolvers<undefined>();
    const end = Promise.withResolvers<undefined>();
    const reader = sql.begin(async (transaction) => {
      await transaction`select from parcels`;
      reading.resolve(undefined);
      await end.promise;
    });
    const endReader = () => {
      end.resolve(undefined);
      return reader;
    };
    await reading.promise;
    await work(endReader).finally(endReader);
  };

  beforeEach(async () => {
    await write('9001_parcels.sql', createParcels);
    await run();
    await write(
      '9002_colour.sql',
      'create table labels (id int); alter table parcels add colour text;',
    );
  });

  it('lets traffic pass between its attempts and succeeds once the lock is free', async () => {
    await whileReading(async (endReader) => {
      const traffic: Promise<unknown>[] = [];
      const report = (line: string) => {
        if (!line.includes('a lock was not free within 50 ms in attempt 1 of 1000')) return;
        traffic.push(sql`insert into parcels values (2, 1)`.then(endReader));
      };
      expect(await run({ attemptsMax: 1000, report })).toEqual(['9002_colour.sql']);
      expect(traffic).toHaveLength(1);
      await Promise.all(traffic);
    });
  });

  it('gives up with the name of the file and of the blocking process, and leaves nothing behind', async () => {
    await whileReading(async () => {
      await expect(run()).rejects.toThrow(
        /^9002_colour.sql: a lock was not free within 50 ms, 3 times in a row. The oldest open transaction is of process \d+/,
      );
    });
    expect(await tables()).toEqual(['parcels']);
    expect(await run()).toEqual(['9002_colour.sql']);
  });
});

describe('the index of the events of users', () => {
  it('takes over those that partitions have already, as deploy.md builds them before an upgrade', async () => {
    await sql`drop index events_of_user`;
    const partitions = await sql<{ partition: string }[]>`
      select partition from partitions where table_name = 'events' order by 1`;
    for (const { partition } of partitions)
      await sql`create index concurrently ${sql(`${partition}_of_user`)} on ${sql(partition)} (tenant_id, user_id)`;
    const migration = new URL('../migrations/0121_index_events_of_users.sql', import.meta.url);
    await sql.unsafe(await readFile(migration, 'utf8'));
    const indexes = await sql<{ index: string }[]>`
      select inhrelid::regclass::text as index from pg_inherits
      where inhparent = 'events_of_user'::regclass order by 1`;
    expect(indexes.map(({ index }) => index)).toEqual(
      partitions.map(({ partition }) => `${partition}_of_user`),
    );
    expect(await validity('events_of_user')).toBe(true);
  });
});
