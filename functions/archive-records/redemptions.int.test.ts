/** Redemptions are archived month by month; what later requests need of them stays. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { archiveFolder } from '#shared/stores/files/archive-folder.ts';
import { recordArchive } from '#shared/stores/postgres/archive/record-archive.ts';
import { restorePartition } from '#shared/stores/postgres/archive/restore-partition.ts';
import { verifyArchive } from '#shared/stores/postgres/archive/verify-archive.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { walletReader } from '#shared/stores/postgres/wallets/wallet-reader.ts';
import { walletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { testWallets } from '#shared/testing/worlds/wallets.ts';

const sql = await testSql();
const folder = await mkdtemp(join(tmpdir(), 'guerdon-archive-'));
afterAll(() => rm(folder, { recursive: true }));
const files = archiveFolder(folder);
const wallets = walletStore(sql);
const reader = walletReader(sql);
const { earn } = testWallets(sql);
const now = new Date('2026-11-21T10:00:00Z');

const archive = async (at: string) => {
  const records = recordArchive(sql, { files, rowsAtOnce: 2 });
  await records.detachDue(new Date(at), () => false);
  for (const partition of await records.detached()) await records.archive(partition, () => false);
};

const wallet = { tenantId: 'default', customerId: 'c-1', program: 'points' };
const requestOf = (name: string, commit: boolean) => ({
  ...{ ...wallet, redemptionId: derivedId(name), points: 5, reference: name, createdBy: 'shop' },
  ...{ timesOutAt: new Date('2030-01-01Z'), commit, now, cause: `/test ${name}` },
});
const domainEvent = () => ({ id: derivedId('domainEvent'), time: now });
const reserve = (name: string, commit = true) =>
  wallets.reserve(requestOf(name, commit), domainEvent);

const points = async () =>
  (await sql`select points from points_balances where customer_id = 'c-1'`)[0]?.[
    'points'
  ] as number;

describe('archiving redemptions', () => {
  it('spends none twice, keeps open ones, and restores them as they were', async () => {
    await earn(wallet, 100);
    for (const name of ['a', 'b', 'c']) await reserve(name);
    await reserve('open', false);
    await sql`update redemptions set created_at = '2024-09-15Z'`;
    const rows = () => sql`select * from redemptions where status <> 'RESERVED' order by 2`;
    const before = await rows();
    await archive('2026-10-31T23:59:59Z');
    expect(await rows()).toEqual(before);

    await archive('2026-11-01T00:00:00Z');
    expect(
      (await sql`select reference from redemptions`).map(({ reference }) => reference as string),
    ).toEqual(['open']);
    expect(await verifyArchive(sql, files)).toEqual({ files: 1, rows: 3, wrong: [] });
    const archived = { code: 'redemption-archived' };
    await expect(reserve('a')).rejects.toMatchObject(archived);
    const { redemptionId } = requestOf('a', true);
    const key = { ...wallet, redemptionId };
    await expect(reader.redemption(key)).rejects.toMatchObject(archived);
    const again = { ...key, now, cause: '/test' };
    await expect(wallets.commit(again, domainEvent)).rejects.toMatchObject(archived);
    await expect(wallets.void(again)).rejects.toMatchObject(archived);
    expect(await points()).toBe(85);
    const { redeemed, reservations } = await auditLedger(sql);
    expect([redeemed.wrong, reservations.wrong]).toEqual([0, 0]);
    expect(redeemed.examined).toBe(3);

    const [file] = await files.list();
    await restorePartition(sql, files, file!);
    expect(await rows()).toEqual(before);
    expect((await reserve('a')).outcome).toMatchObject({ kind: 'redemption' });
    expect(await points()).toBe(85);
    await archive('2026-11-01T00:00:00Z');
    expect(await rows()).toEqual(before);
  });
});
