/**
 * Months of the ledger are archived; their sums stay, and restoring them returns the same entries.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { verifyArchive } from '#shared/stores/postgres/archive/verify-archive.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { earningStore } from '#shared/stores/postgres/earning/earning-store.ts';
import { refundStore } from '#shared/stores/postgres/earning/refund-store.ts';
import { checkLedgerChain } from '#shared/stores/postgres/ledger/chain/ledger-chain-check.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { versionStore } from '#shared/stores/postgres/tenants/version-store.ts';
import { walletReader } from '#shared/stores/postgres/wallets/wallet-reader.ts';
import { walletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { ledgerMonths } from '#shared/testing/ledger-months.ts';
import { sealAllEntries } from '#shared/testing/seal-all-entries.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';

const sql = await testSql();
const ledger = ledgerStore(sql);
const wallets = walletStore(sql);
const reader = walletReader(sql);
const refunds = refundStore(sql);

const wallet = { tenantId: 'default', customerId: 'c-1', program: 'points' };
const now = new Date('2026-11-21T10:00:00Z');

const order = (orderId: string, fields: Parameters<typeof earnEntry>[0] = {}) =>
  earnEntry({ orderId, amountMinor: 120_000, lotId: everlastingLotId, ...fields });

/** Orders of a customer who has so many that snapshots of the balance are taken. */
const regular = { ...wallet, customerId: 'c-9' };
const many = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, place) =>
    order(`m-${first + place}`, { ...regular, amountMinor: 10_000, points: 1 }),
  );
const pointsAt = async (at: string) => (await reader.balanceAt(regular, new Date(at))).points;

const refund = (refundId: string, orderId: string) => ({
  ...{ tenantId: 'default', refundId, orderId, amountMinor: 10_000, refundedAt: now, cause: '/r' },
});
const tenants = tenantStore(sql);
const applyRefund = async (refundId: string, orderId: string) => {
  await refunds.record(refund(refundId, orderId));
  const tenant = await tenants.find('default');
  const { programs, timeZone } = tenant!;
  return refunds.apply({ tenantId: 'default', refundId }, { programs, timeZone, now }, () => []);
};

const adjust = (name: string, points: number, expiresAt?: Date) =>
  wallets.adjust(
    {
      ...{ adjustmentId: derivedId(name), wallet, points, reason: 'test', by: 'ops', now },
      ...{ allowNegative: false, cause: `/test ${name}` },
      lot: { lotId: expiresAt ? derivedId('lot', name) : everlastingLotId, expiresAt },
    },
    () => ({ id: derivedId('domainEvent', name), time: now }) as never,
  );

const [july, august, september] = ['2024-07', '2024-08', '2024-09'];
const months = await ledgerMonths(sql, [july, august, september]);
const { files, online, wrong } = months;
const archive = (at = '2026-11-21Z') => months.archive(at);

/** Moves what was recorded since the last call to a month, as if it had been recorded then. */
const backdate = async (day: string) => {
  await months.recordOn(day);
  await sealAllEntries(sql);
};

const rows = () =>
  sql`select row_to_json(entry)::text as row from points_ledger entry order by entry_no`;
const states = () => sql`
  select 'wallet' as kind, row_to_json(own)::text as row from ledger_openings own union all
  select 'lot', row_to_json(own)::text from lot_openings own union all
  select 'order', row_to_json(own)::text from archived_orders own union all
  select 'archive', row_to_json(own)::text from ledger_archives own order by 1, 2`;

const lapses = new Date('2027-01-01Z');

beforeAll(async () => {
  await ledger.commit([order('o-1'), order('o-2', { customerId: 'c-2' })]);
  await ledger.commit(many(1, 1_100));
  await adjust('lapsing', 7, lapses);
  await backdate('2024-07-15T00:00:00Z');
  await ledger.commit([order('o-3')]);
  expect(await applyRefund('r-1', 'o-1')).toMatchObject({ kind: 'applied' });
  await adjust('taken', -3);
  await backdate('2024-08-15T00:00:00Z');
  await ledger.commit([order('o-4'), ...many(1_101, 2_100)]);
  await backdate('2025-02-15T00:00:00Z');
  await ledger.commit([order('o-5')]);
});

describe('archiving the ledger', () => {
  it('keeps every month without a term, and every one that was not audited yet', async () => {
    await archive();
    expect(await online()).toHaveLength(3);
    await sql`insert into retention values ('default', 'points_ledger', 25)`;
    await archive();
    expect(await online()).toHaveLength(3);
    expect(await wrong()).toEqual([]);
    await archive('2026-08-31T23:59:59Z');
    expect(await online()).toHaveLength(3);
  });

  it('keeps sums, lots, audits, chain and statements right, and refuses what needs the entries', async () => {
    const before = await rows();
    const statement = (query = {}) => reader.statement(wallet, { limit: 100, ...query });
    const whole = await statement();
    const balances = await reader.wallets(wallet);
    await archive();
    expect(await online()).toEqual([]);
    expect(await sql`select to_regclass('points_ledger_2024_07') as found`).toEqual([
      { found: null },
    ]);
    expect((await verifyArchive(sql, files)).wrong).toEqual([]);
    expect(await wrong()).toEqual([]);

    const points = (add: string) =>
      intruder(sql)(`update points_ledger set points = points ${add} where cause_id = 'o-4'`);
    await points('+ 1');
    expect((await checkLedgerChain(sql)).broken).toBe(1);
    await points('- 1');
    await intruder(sql)(`update ledger_openings set points = points + 1 where customer_id = 'c-1'`);
    expect((await auditLedger(sql)).balances.wrong).toBe(1);
    await intruder(sql)(`update ledger_openings set points = points - 1 where customer_id = 'c-1'`);

    const tiers = versionStore(sql, { kind: 'tiers', toTerms: (terms) => terms });
    const program = { tenantId: 'default', program: 'points' };
    const terms = { metric: 'earned', currency: 'INR', window: { kind: 'lifetime' }, tiers: [] };
    const draft = await tiers.draft(program, { terms, createdBy: 'ops' } as never);
    const key = { ...program, version: draft!.version };
    expect(await tiers.activate(key, { subject: 'ops', now })).toMatchObject({
      refusal: { reason: 'orders-archived' },
    });

    const left = await statement();
    expect(left.lines).toEqual(whole.lines.slice(0, 2));
    expect(left).toMatchObject({ closing: whole.closing, opening: whole.lines[2]!.after });
    const beyond = await statement({ before: left.lines.at(-1)!.entryNo });
    expect(beyond).toEqual({ lines: [], opening: left.opening, closing: left.opening });
    expect(await reader.wallets(wallet)).toEqual(balances);
    expect(await reader.balanceAt(wallet, new Date('2025-01-01Z'))).toMatchObject(left.opening);
    const archived = {
      code: 'entry-archived',
      message: expect.stringMatching(
        /partition points_ledger_2024_0.; .*month online is 2024-09$/,
      ) as string,
    };
    await expect(reader.balanceAt(wallet, new Date('2024-08-20Z'))).rejects.toMatchObject(archived);
    await expect(statement({ from: new Date('2024-08-20Z') })).rejects.toMatchObject(archived);

    expect(await pointsAt('2025-01-01Z')).toBe(1_100);
    expect(await pointsAt('2025-03-01Z')).toBe(2_100);

    // Redelivered, alone and with others, with the same content and with other content.
    expect(await ledger.commit([order('o-1')])).toEqual([{ kind: 'archived' }]);
    const changed = order('o-1', { amountMinor: 1 });
    expect(await ledger.commit([changed])).toMatchObject([
      { kind: 'conflict', field: 'amountMinor' },
    ]);
    const { programs } = (await tenants.find('default'))!;
    const paid = await earningStore(sql).pay(
      [
        {
          order: {
            ...{ tenantId: 'default', customerId: 'c-1', orderId: 'o-1', amountMinor: 120_000 },
            ...{ currency: 'INR', placedAt: new Date('2024-07-15Z'), cause: '/again' },
          } as never,
          programs: programs.map((program) => ({ earning: { program, timeZone: 'UTC' } }) as never),
        },
      ],
      { now },
      () => [],
    );
    expect(paid).toMatchObject({ entries: [], recorded: [], archived: [{ orderId: 'o-1' }] });
    await expect(adjust('lapsing', 7, lapses)).rejects.toMatchObject(archived);

    expect(await applyRefund('r-2', 'o-1')).toMatchObject({
      kind: 'refused',
      reason: 'order-archived',
    });
    expect(await applyRefund('r-1', 'o-1')).toEqual({ kind: 'replayed' });
    expect(await applyRefund('r-3', 'o-4')).toMatchObject({ kind: 'applied' });
    expect(await adjust('spent', -5)).toMatchObject({ outcome: { kind: 'moved' } });
    expect(await wrong()).toEqual([]);

    // The last month is restored first; with both of them the ledger is as it was.
    const openings = await states();
    await expect(months.restore(july)).rejects.toThrow('before');
    await months.restore(august);
    expect(await wrong()).toEqual([]);
    await months.restore(july);
    expect((await rows()).slice(0, before.length)).toEqual(before);
    expect(await states()).toEqual([]);
    expect(await wrong()).toEqual([]);
    expect(await pointsAt('2024-07-01Z')).toBe(0);
    expect(await pointsAt('2024-07-20Z')).toBe(1_100);
    expect(await pointsAt('2025-03-01Z')).toBe(2_100);
    expect((await statement()).lines.slice(-whole.lines.length)).toEqual(whole.lines);
    expect(await applyRefund('r-2', 'o-1')).toMatchObject({ kind: 'applied' });

    // After 30 days they are archived again.
    await sql`update archived_partitions set restored_at = now() - interval '31 days'`;
    expect(await wrong()).toEqual([]);
    await archive();
    expect(await states()).toEqual(openings);
    expect(await wrong()).toEqual([]);
  });
});
