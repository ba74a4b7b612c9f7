import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { customerSets, dataOf } from '#scripts/matching/customer-fixture.ts';
import { generateRecords } from '#scripts/matching/generate-records.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { customerRows, throughHandler, throughKafka } from './customer-rows.ts';
import { importRows, type RefusedRow } from './import-rows.ts';
import { localHandlers } from './local-handlers.ts';
import { openFile } from './open-file.ts';

const key = `k1:${createHash('sha256').update('import').digest('base64')}`;
const keys = { PERSON_MASTER_KEYS: key, BLIND_INDEX_KEYS: key };
const folder = await mkdtemp(join(tmpdir(), 'import-'));
const databases = await Promise.all([testDatabase(), testDatabase()]);
const [whole, resumed] = databases.map(({ url }) => connectPostgres({ url, max: 4 })) as [Sql, Sql];
afterAll(() => Promise.all([whole.end(), resumed.end(), rm(folder, { recursive: true })]));

const changedAt = new Date('2026-11-21T10:00:00Z');
const labelled = generateRecords({ seed: 11, people: 120 });
const files = await Promise.all(
  (['dotnet', 'store'] as const).map(async (source) => {
    const path = join(folder, `${source}.ndjson`);
    const own = labelled.filter(({ record }) => record.source === source).map(dataOf);
    await writeFile(path, own.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return { source, path, rows: own.length };
  }),
);

/**
 * Imports a file from where the last call stopped, and breaks the connection to Kafka in a batch.
 */
const importInto = (sql: typeof whole, { source, path }: (typeof files)[number]) => {
  const publisher = recordingPublisher();
  let [after, batches] = [0, 0];
  const run = async ({ cutIn = 0 } = {}): Promise<readonly RefusedRow[]> => {
    const refused: RefusedRow[] = [];
    const through = throughHandler(localHandlers(sql, keys), { source, publisher });
    const file = await openFile(path);
    await importRows({
      file,
      after,
      batchRows: 40,
      take: customerRows(
        { source, tenantId: undefined, changedAt },
        async (deliveries) => {
          batches += 1;
          const isCut = batches === cutIn;
          const outcomes = await through(deliveries);
          // Committed, but nobody learns of it.
          if (isCut) throw new Unavailable('postgres', 'cut');
          return outcomes;
        },
        [],
      ),
      refuse: (all) => Promise.resolve(void refused.push(...all)),
      save: (rows) => Promise.resolve(void (after = rows)),
    });
    return refused;
  };
  return { run, after: () => after };
};

const importCommand = (args: readonly string[], database: string) =>
  new Promise<Readonly<{ code: number | null; output: string }>>((done) => {
    const child = execFile(
      resolve('scripts/run.sh'),
      ['scripts/import.ts', 'customers', ...args],
      {
        env: {
          ...process.env,
          ...keys,
          DATABASE_URL: database,
          KAFKA_BROKERS: inject('kafkaBrokers'),
        },
      },
      (_error, stdout, stderr) => done({ code: child.exitCode, output: stdout + stderr }),
    );
  });

describe('npm run import -- customers', () => {
  it('continues where it was interrupted, and ends with the customers of one run', async () => {
    for (const file of files) {
      await importInto(whole, file).run();
      const broken = importInto(resumed, file);
      await expect(broken.run({ cutIn: 3 })).rejects.toThrow('cut');
      expect(broken.after()).toBe(80);
      await broken.run();
      expect(broken.after()).toBe(file.rows);
    }
    const sets = await customerSets(whole);
    expect(sets.length).toBeGreaterThan(50);
    expect(await customerSets(resumed)).toEqual(sets);
  });

  it('lists lines that it refuses without their content, and exits with another code', async () => {
    const path = join(folder, 'store.csv');
    const rows = ['r-1,Asha Verma,+91 98200 12345', `r-2,${'x'.repeat(1_001)},1`, 'r-3,Anil'];
    await writeFile(path, `Record ID,Name,Phone\n${rows.join('\n')}\n`);
    await utimes(path, changedAt, changedAt);
    const url = databases[0].url;
    const { code, output } = await importCommand([path], url);
    expect(output).toContain('3 rows, 2 refused');
    expect(code).toBe(2);
    expect((await readFile(`${path}.errors.ndjson`, 'utf8')).trim().split('\n')).toEqual(
      [
        '{"line":4,"reason":"has 2 fields, the first row has 3"}',
        expect.stringMatching(
          /^\{"line":3,"reason":"[^x]+ name must have at most 1000 characters"\}$/,
        ),
      ].toSorted(),
    );
    const [stored] = await whole<{ changedAt: Date }[]>`
      select changed_at from customer_records where record_id = 'r-1'`;
    expect(stored?.changedAt).toEqual(changedAt);
  });

  it('refuses a file that has no column of a customer', async () => {
    const path = join(folder, 'store-orders.csv');
    await writeFile(path, 'Order,Amount\n1,2\n');
    const { code, output } = await importCommand([path], databases[0].url);
    expect(output).toContain('The columns are order, amount; at least one must be name, phone');
    expect(code).toBe(1);
  });
});

describe('throughKafka', () => {
  it('publishes rows to the topic of their source, dated as the file', async () => {
    const written: unknown[] = [];
    const sink = throughKafka(
      { write: (records) => Promise.resolve(records.map((one) => void written.push(one))) },
      { source: 'store' },
    );
    const take = customerRows({ source: 'store', tenantId: 'acme', changedAt }, sink);
    expect(await take([{ name: 'Asha', recordId: 'r-1' }, { name: 7 }])).toEqual([
      undefined,
      expect.stringContaining('name'),
    ]);
    expect(written).toMatchObject([
      {
        topic: 'store-details',
        message: {
          key: 'r-1',
          value: JSON.stringify({
            ...{ changedAt: changedAt.toISOString(), name: 'Asha', recordId: 'r-1' },
            tenantId: 'acme',
          }),
        },
      },
    ]);
  });
});
