import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { sealAllEntries } from '#shared/testing/seal-all-entries.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { recordEntries } from '../record-entries.ts';
import { sealLedger } from './ledger-chain.ts';
import { checkLedgerChain } from './ledger-chain-check.ts';
import { newestHeads } from './ledger-heads.ts';
import { emptyRange, firstHead, headAfter } from './seal.ts';
import { positionOf, type SealedEntry, sealedColumns } from './sealed-entry.ts';

const sql = await testSql();
const asAnIntruder = intruder(sql);

const hourMs = 60 * 60 * 1000;

const entriesOf = (tenantId: string, count: number, fields: Partial<LedgerEntry> = {}) =>
  Array.from({ length: count }, (_, index) =>
    earnEntry({ tenantId, orderId: `o-${String(index).padStart(4, '0')}`, ...fields }),
  );

describe('when entries are sealed', () => {
  const sealsOf = async (tenantId: string) => {
    const rows = await sql<{ entries: number }[]>`
      select entries from ledger_seals where tenant_id = ${tenantId} order by seal_no`;
    return rows.map(({ entries }) => entries);
  };
  const openOf = async (tenantId: string) => {
    const rows = await sql<{ entries: number }[]>`
      select entries from open_seals where tenant_id = ${tenantId}`;
    return rows[0]?.entries ?? 0;
  };
  const recordedEarlier = (tenantId: string, ageMs: number) =>
    asAnIntruder(
      `update points_ledger set recorded_at = recorded_at - ${ageMs} * interval '1 millisecond'
        where tenant_id = '${tenantId}'`,
    );

  it('seals entries when there are enough of them, however many calls have read them', async () => {
    const terms = { entriesMax: 10, ageMaxMs: hourMs };
    const entries = entriesOf('counted', 34);
    for (const [from, to] of [
      [0, 7],
      [7, 9],
      [9, 30],
      [30, 34],
    ]) {
      await recordEntries(sql, entries.slice(from, to));
      await sealAllEntries(sql, terms);
    }
    expect(await sealsOf('counted')).toEqual([10, 10, 10]);
    expect(await openOf('counted')).toBe(4);
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0, unsealed: 4 });
    expect((await newestHeads(sql)).find(({ tenantId }) => tenantId === 'counted')?.sealNo).toBe(3);
  });

  it('seals the entries of a tenant when the first of them is old enough, and of no other', async () => {
    const terms = { entriesMax: 1_000, ageMaxMs: hourMs };
    await recordEntries(sql, [...entriesOf('aged', 3), ...entriesOf('young', 3)]);
    await recordedEarlier('aged', hourMs);
    await sealAllEntries(sql, terms);
    expect([await sealsOf('aged'), await openOf('aged')]).toEqual([[3], 0]);
    expect([await sealsOf('young'), await openOf('young')]).toEqual([[], 3]);
    await sql`update open_seals set opened_at = opened_at - interval '1 hour' where tenant_id = 'young'`;
    // Nothing new was recorded: age alone closes the seal.
    expect(await sealLedger(sql, terms)).toMatchObject({ entries: 3, seals: 1 });
    expect([await sealsOf('young'), await openOf('young')]).toEqual([[3], 0]);
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0 });
  });

  it('reads each entry once: one that is changed before its seal closes is found, before and after', async () => {
    await recordEntries(sql, entriesOf('early', 3));
    await sealAllEntries(sql, { entriesMax: 1_000, ageMaxMs: hourMs });
    await asAnIntruder(`update points_ledger set points = 13
      where tenant_id = 'early' and cause_id = 'o-0001'`);
    const example = { tenantId: 'early', sealNo: 1 };
    const found = { broken: 1, examples: [example] };
    expect(await checkLedgerChain(sql)).toMatchObject(found);
    await sealAllEntries(sql);
    expect(await checkLedgerChain(sql)).toMatchObject(found);
    await asAnIntruder(`update points_ledger set points = 12
      where tenant_id = 'early' and cause_id = 'o-0001'`);
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0 });
  });

  it('continues from seals that hash all their entries at once, as older versions made them', async () => {
    await recordEntries(sql, entriesOf('upgraded', 3));
    await sealAllEntries(sql);
    const range = emptyRange(false);
    const entries = sql<SealedEntry[]>`
      select ${sealedColumns(sql)} from points_ledger ledger
      where tenant_id = 'upgraded' order by transaction_id, entry_no`;
    for (const entry of await entries) range.add(entry);
    const [first, last] = [positionOf(range.first()!), positionOf(range.last()!)];
    const [{ sealedAt }] = await sql<[{ sealedAt: string }]>`
      select trunc(extract(epoch from sealed_at) * 1000000)::text as sealed_at
      from ledger_seals where tenant_id = 'upgraded'`;
    const seal = { tenantId: 'upgraded', sealNo: 1, from: first, to: last, entries: 3, sealedAt };
    const head = headAfter(firstHead, seal, range.digest()).toString('hex');
    await asAnIntruder(`update ledger_seals set folded = false, head = decode('${head}', 'hex')
      where tenant_id = 'upgraded'`);
    await recordEntries(sql, entriesOf('upgraded', 2, { kind: 'ADJUST' }));
    await sealAllEntries(sql);
    expect(await sealsOf('upgraded')).toEqual([3, 2]);
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0, unsealed: 0 });
  });

  it('never seals more at once than its terms allow and leaves nothing out, in whatever portions entries come', async () => {
    const portion = fc.record({ entries: fc.integer({ min: 0, max: 25 }), isOld: fc.boolean() });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(portion, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 12 }),
        async (portions, entriesMax) => {
          run += 1;
          const tenantId = `random-${run}`;
          let booked = 0;
          for (const [place, { entries, isOld }] of portions.entries()) {
            const fields = { customerId: `c-${place}` };
            const portion = entriesOf(tenantId, entries, fields).map((entry) => {
              const orderId = `${place} ${entry.orderId}`;
              return { ...entry, orderId, causeId: orderId };
            });
            await recordEntries(sql, portion);
            booked += entries;
            await sealAllEntries(sql, { entriesMax, ageMaxMs: isOld ? 0 : hourMs });
            const open = await openOf(tenantId);
            const sealed = await sealsOf(tenantId);
            expect(open).toBeLessThan(isOld ? 1 : entriesMax);
            expect(Math.max(0, ...sealed)).toBeLessThanOrEqual(entriesMax);
            expect(sealed.reduce((sum, count) => sum + count, open)).toBe(booked);
          }
        },
      ),
      { numRuns: 10 },
    );
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0 });
    await sealAllEntries(sql);
  });
});
