import postgres from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { sealAllEntries } from '#shared/testing/seal-all-entries.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { recordEntries } from '../record-entries.ts';
import { sealLedger } from './ledger-chain.ts';
import { checkLedgerChain } from './ledger-chain-check.ts';
import { headOf, newestHeads } from './ledger-heads.ts';
import { sealedColumns } from './sealed-entry.ts';

const sql = await testSql({ max: 8 });
const asAnIntruder = intruder(sql);

const sealAll = () => sealAllEntries(sql);

const entriesOf = (tenantId: string, count: number, fields: Partial<LedgerEntry> = {}) =>
  Array.from({ length: count }, (_, index) =>
    earnEntry({ tenantId, orderId: `o-${String(index).padStart(4, '0')}`, ...fields }),
  );

/** An entry with something in every column. */
const fullEntry = earnEntry({
  tenantId: 'shop',
  orderId: 'o-full',
  account: 'pending',
  expiresAt: new Date('2027-01-01T00:00:00Z'),
  availableAt: new Date('2026-07-01T00:00:00Z'),
  awaits: 'delivered',
  trace: [{ step: 'rate', says: '1 point per 10000 minor units', exact: '12/1' }],
  reason: 'by hand',
});

const saveAll = () =>
  asAnIntruder(
    'create schema saved',
    'create table saved.points_ledger as table points_ledger',
    'create table saved.ledger_seals as table ledger_seals',
  );
const restoreAll = () =>
  asAnIntruder(
    'truncate points_ledger, ledger_seals, open_seals',
    'insert into points_ledger select * from saved.points_ledger',
    'insert into ledger_seals select * from saved.ledger_seals',
  );

/** Does damage, checks, and undoes it. */
const checkAfter = async (...statements: readonly string[]) => {
  await asAnIntruder(...statements);
  const check = await checkLedgerChain(sql);
  await restoreAll();
  return check;
};

const columnsOf = async (table: string) => {
  const rows = await sql<{ name: string; type: string }[]>`
    select column_name as name, data_type as type from information_schema.columns
    where table_schema = 'public' and table_name = ${table}`;
  return rows.map(({ name, type }) => [name, type] as const);
};

/** The smallest changes of values, by column or else by type. */
const changes: Readonly<Record<string, (name: string) => string>> = {
  kind: () => `'ADJUST'`,
  account: () => `'available'`,
  jsonb: (name) => `jsonb_set(${name}, '{0,exact}', '"13/1"')`,
  boolean: (name) => `not ${name}`,
  uuid: () => `'7c9b6a8e-3f5d-5a41-9d0e-2b6f7c1d4e5e'`,
  bytea: (name) => `set_byte(${name}, 31, get_byte(${name}, 31) # 1)`,
  'timestamp with time zone': (name) => `${name} + interval '1 microsecond'`,
  text: (name) => `overlay(${name} placing '~' from length(${name}))`,
};
const changed = (name: string, type: string): string =>
  (changes[name] ?? changes[type])?.(name) ?? `${name} + 1`;

const columns = await columnsOf('points_ledger');
const sealColumns = await columnsOf('ledger_seals');

beforeAll(async () => {
  await recordEntries(sql, entriesOf('default', 2_500));
  await recordEntries(sql, entriesOf('shop', 3));
  await recordEntries(sql, [fullEntry]);
  await sealAll();
  await recordEntries(sql, entriesOf('shop', 4, { kind: 'ADJUST' }));
  await sealAll();
  await saveAll();
});

describe('sealLedger', () => {
  it('seals every entry, tenant by tenant, at most 1,000 at a time', async () => {
    const seals = await sql`
      select tenant_id, sum(entries)::int as entries, max(entries) as most
      from ledger_seals group by tenant_id order by tenant_id`;
    expect(seals).toEqual([
      { tenantId: 'default', entries: 2_500, most: 1_000 },
      { tenantId: 'shop', entries: 8, most: expect.any(Number) as number },
    ]);
    expect(await checkLedgerChain(sql)).toMatchObject({
      entries: 2_508,
      unsealed: 0,
      broken: 0,
      examples: [],
    });
  });

  it('finds nothing to do when all is sealed', async () => {
    expect(await sealLedger(sql)).toEqual({ entries: 0, seals: 0 });
  });

  it('seals all columns that there are', async () => {
    const [entry] = await sql`select ${sealedColumns(sql)} from points_ledger limit 1`;
    expect(Object.keys(entry ?? {}).sort()).toEqual(
      columns.map(([name]) => postgres.toCamel(name)).sort(),
    );
  });

  it('makes seals that nobody changes by mistake', async () => {
    await expect(sql`update ledger_seals set entries = 1`).rejects.toThrow(
      'ledger_seals is append-only: UPDATE refused',
    );
    await expect(sql`delete from ledger_seals`).rejects.toThrow('append-only');
    await expect(sql`truncate ledger_seals`).rejects.toThrow('append-only');
    await expect(sql`delete from points_ledger`).rejects.toThrow('points_ledger is append-only');
  });
});

describe('checkLedgerChain', () => {
  it.each(columns)('finds another %s of a sealed entry, a %s', async (name, type) => {
    const { broken, examples } = await checkAfter(
      `update points_ledger set ${name} = ${changed(name, type)} where cause_id = 'o-full'`,
    );
    expect(broken).toBeGreaterThan(0);
    expect(examples[0]).toMatchObject({ tenantId: 'shop' });
  });

  it('names tenant, seal and entries', async () => {
    const { broken, examples } = await checkAfter(
      `update points_ledger set points = 13 where tenant_id = 'default' and cause_id = 'o-1500'`,
    );
    expect(broken).toBe(1);
    expect(examples).toEqual([
      {
        tenantId: 'default',
        sealNo: 2,
        problem: 'its entries, it itself or the head before it is not what was sealed',
        entries: expect.stringMatching(
          /^\d+\/\d+ points EARN o-1000 … \d+\/\d+ points EARN o-1999$/,
        ) as string,
      },
    ]);
  });

  it.each(['expires_at', 'available_at', 'awaits', 'trace', 'reason', 'order_id'])(
    'finds that the %s of an entry is gone',
    async (name) => {
      const statement = `update points_ledger set ${name} = null where cause_id = 'o-full'`;
      expect((await checkAfter(statement)).broken).toBe(1);
    },
  );

  it('finds an entry that was removed', async () => {
    const statement = `delete from points_ledger where tenant_id = 'default' and cause_id = 'o-2100'`;
    expect(await checkAfter(statement)).toMatchObject({
      broken: 1,
      examples: [{ sealNo: 3, problem: 'entries sealed: 500, found: 499' }],
    });
  });

  it('finds entries that changed places', async () => {
    const place = (causeId: string) =>
      `(select entry_no from saved.points_ledger where tenant_id = 'default' and cause_id = '${causeId}')`;
    const { broken, examples } = await checkAfter(
      `update points_ledger set entry_no = case cause_id when 'o-0001' then ${place('o-0002')} else ${place('o-0001')} end
        where tenant_id = 'default' and cause_id in ('o-0001', 'o-0002')`,
    );
    expect(broken).toBe(1);
    expect(examples).toMatchObject([{ tenantId: 'default', sealNo: 1 }]);
  });

  const insertCopy = (where: string, transaction: string, entry: string) => {
    const replaced = new Map([
      ['cause_id', `'o-new'`],
      ['transaction_id', transaction],
      ['entry_no', entry],
    ]);
    const names = columns.map(([name]) => name);
    return `insert into points_ledger (${names.join()})
      select ${names.map((name) => replaced.get(name) ?? name).join()} from points_ledger where ${where}`;
  };

  it('finds an entry that was put between those of a seal', async () => {
    const copy = insertCopy(
      `tenant_id = 'shop' and cause_id = 'o-0000' and kind = 'EARN'`,
      'transaction_id',
      `(select max(entry_no) from points_ledger where tenant_id = 'shop' and cause_id = 'o-0001' and kind = 'EARN')`,
    );
    expect(await checkAfter(copy)).toMatchObject({ broken: 1, examples: [{ tenantId: 'shop' }] });
  });

  it.each([
    ['before all seals', `cause_id = 'o-0000' and kind = 'EARN'`, 'transaction_id - 1', 1],
    ['after all seals of its tenant', `cause_id = 'o-0003'`, 'transaction_id', 2],
  ])('finds an entry that was put %s', async (_, where, transaction, least) => {
    const copy = insertCopy(`tenant_id = 'shop' and ${where}`, transaction, 'entry_no + 1000000');
    const { broken, examples } = await checkAfter(copy);
    expect(broken).toBe(1);
    expect(examples[0]).toMatchObject({
      tenantId: 'shop',
      problem: expect.stringMatching(/^entries .*: 1$/) as string,
      entries: expect.stringContaining('o-new') as string,
    });
    expect(examples[0]?.sealNo).toBeGreaterThanOrEqual(least);
  });

  it('finds entries of a tenant that never had any', async () => {
    const copy = `update points_ledger set tenant_id = 'ghost' where tenant_id = 'default' and cause_id = 'o-0000'`;
    expect(await checkAfter(copy)).toMatchObject({
      broken: 2,
      examples: [
        { tenantId: 'default', sealNo: 1 },
        { tenantId: 'ghost', sealNo: 1, entries: 'points EARN o-0000' },
      ],
    });
  });

  it.each(sealColumns.filter(([name]) => name !== 'entries'))(
    'finds another %s of a seal, a %s',
    async (name, type) => {
      const value = changed(name, type);
      const statement = `update ledger_seals set ${name} = ${value} where tenant_id = 'default' and seal_no = 3`;
      expect((await checkAfter(statement)).broken).toBeGreaterThan(0);
    },
  );

  it('finds another number of entries in a seal', async () => {
    const statement = `update ledger_seals set entries = entries - 1 where tenant_id = 'default' and seal_no = 2`;
    expect(await checkAfter(statement)).toMatchObject({ broken: 1, examples: [{ sealNo: 2 }] });
  });

  it.each([1, 2, 3])('finds that seal %i of three is missing', async (sealNo) => {
    const statement = `delete from ledger_seals where tenant_id = 'default' and seal_no = ${sealNo}`;
    const { broken, examples } = await checkAfter(statement);
    expect(broken).toBe(1);
    expect(examples[0]).toMatchObject({
      tenantId: 'default',
      problem:
        sealNo < 3
          ? 'seals missing before it: 1'
          : 'entries that should have been sealed before others: 500',
    });
  });

  it('does not detect a recomputed chain, but a stored head does', async () => {
    const kept = (await newestHeads(sql)).find(({ tenantId }) => tenantId === 'default');
    expect(await headOf(sql, kept!)).toBe(kept!.head);
    await asAnIntruder(
      'truncate ledger_seals',
      `update points_ledger set points = 13 where tenant_id = 'default' and cause_id = 'o-1500'`,
    );
    await sealAll();
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0 });
    expect(await headOf(sql, kept!)).not.toBe(kept!.head);
    expect(await headOf(sql, { ...kept!, sealNo: 99 })).toBeUndefined();
    await restoreAll();
  });
});

describe('sealing during commits', () => {
  it('does not overtake a transaction that is in progress', async () => {
    const isFinished = Promise.withResolvers<undefined>();
    const isRecorded = Promise.withResolvers<undefined>();
    const slow = sql.begin(async (tx) => {
      await recordEntries(tx, [earnEntry({ tenantId: 'slow', orderId: 'o-first' })]);
      isRecorded.resolve(undefined);
      await isFinished.promise;
    });
    await isRecorded.promise;
    await recordEntries(sql, [
      earnEntry({ tenantId: 'slow', orderId: 'o-second', customerId: 'c-2' }),
    ]);
    await sealLedger(sql, { entriesMax: 1, ageMaxMs: 0 });
    const [seals] =
      await sql`select count(*)::int as count from ledger_seals where tenant_id = 'slow'`;
    expect(seals).toEqual({ count: 0 });
    isFinished.resolve(undefined);
    await slow;
    await sealAll();
    const [sealed] =
      await sql`select sum(entries)::int as entries from ledger_seals where tenant_id = 'slow'`;
    expect(sealed).toEqual({ entries: 2 });
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0, unsealed: 0 });
  });

  it('loses no entry and seals none twice, however many commit and seal at once', async () => {
    let isOver = false;
    const commits = Array.from({ length: 4 }, async (_, worker) => {
      for (let round = 0; round < 40; round += 1) {
        const tenantId = `busy-${(worker + round) % 3}`;
        const customerId = `c-${worker}`;
        await sql.begin(async (tx) => {
          await recordEntries(tx, [
            earnEntry({ tenantId, customerId, orderId: `a-${worker}-${round}` }),
          ]);
          await recordEntries(tx, [
            earnEntry({ tenantId, customerId, orderId: `b-${worker}-${round}` }),
          ]);
        });
      }
    });
    const sealers = Array.from({ length: 2 }, async () => {
      while (!isOver) await sealLedger(sql, { entriesMax: 1_000, ageMaxMs: 0 });
    });
    await Promise.all(commits);
    isOver = true;
    await Promise.all(sealers);
    await sealAll();
    const [sealed] = await sql`
      select sum(entries)::int as entries, count(*)::int > 3 as has_many from ledger_seals where tenant_id like 'busy-%'`;
    expect(sealed).toEqual({ entries: 320, hasMany: true });
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0, unsealed: 0 });
  });
});
