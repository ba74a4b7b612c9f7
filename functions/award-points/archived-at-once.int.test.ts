/** Months of the ledger are archived and restored while everything else continues. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { verifyArchive } from '#shared/stores/postgres/archive/verify-archive.ts';
import { auditLedger, isSound } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { sumWallets } from '#shared/stores/postgres/audit/sum-wallets.ts';
import { checkLedgerChain } from '#shared/stores/postgres/ledger/chain/ledger-chain-check.ts';
import { lotStore } from '#shared/stores/postgres/ledger/lot-store.ts';
import { walletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import { expectSound } from '#shared/testing/expect-sound.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { ledgerMonths } from '#shared/testing/ledger-months.ts';
import { retried } from '#shared/testing/retried.ts';
import {
  awardWorld,
  type ProgramSetup,
  placed,
  refunded,
} from '#shared/testing/worlds/award-world.ts';
import { awardPoints } from './handler.ts';

const world = await awardWorld(awardPoints, { connectionsMax: 20 });
const { sql, pod, createTenant } = world;
const old = ['2001-01', '2001-02', '2001-03'];
const months = await ledgerMonths(sql, old);
const rounds = Number(process.env['ARCHIVE_ROUNDS'] ?? 3);
/** When the retention of all these months has ended. */
const over = '2001-05-01T00:00:00Z';

const tiers: ProgramSetup = {
  terms: { rounding: 'carry', caps: { month: 500 }, expiry: { kind: 'rolling', days: 60 } },
  ladder: {},
};

const order = (tenantId: string, orderId: string, placedAt: string) =>
  placed({
    tenantId,
    orderId,
    placedAt,
    customerId: `c-${orderId.length % 3}`,
    amountMinor: 123_456,
  });
const refund = (tenantId: string, refundId: string, orderId: string) =>
  refunded({ tenantId, refundId, orderId, amountMinor: 1_000, refundedAt: '2026-11-01T00:00:00Z' });

/** A tenant whose orders depend on each other and one whose orders do not, both with old orders. */
const tenantsWithOldOrders = async () => {
  const tenants = [await createTenant({ points: tiers }), await createTenant()];
  const { deliver } = pod(undefined, () => new Date('2001-04-01Z'));
  for (const month of old) {
    for (const tenantId of tenants) {
      await sql`insert into retention values (${tenantId}, 'points_ledger', 1) on conflict do nothing`;
      const ids = ['a', 'bb', 'ccc', 'dddd'].map((id) => `${id}-${month}`);
      await deliver(ids.map((id, index) => order(tenantId, id, `${month}-1${index}T00:00:00Z`)));
      await deliver([
        refunded({
          ...{ tenantId, refundId: `r-${month}`, orderId: ids[0], amountMinor: 7_000 },
          refundedAt: `${month}-20T00:00:00Z`,
        }),
      ]);
    }
    await months.recordOn(`${month}-26T00:00:00Z`);
  }
  await months.pretendAudited();
  return tenants;
};

/** Each tenant in each round. */
const turns = (tenants: readonly string[]) =>
  Array.from({ length: rounds }, (_, round) =>
    tenants.map((tenantId) => ({ tenantId, round })),
  ).flat();

const filesOf = async (month: string) =>
  (await months.files.list()).filter((file) => file.includes(month.replace('-', '_')));

/**
 * Restores whatever can be restored: the last month of each tenant, to be archived again at once.
 */
const restoreSome = async (): Promise<void> => {
  const [archived] = await sql<{ file: string }[]>`
    select file from archive_files join archived_partitions using (partition)
    where dropped_at is not null order by ends_at desc, random() limit 1`;
  if (archived === undefined) return;
  // Another run may be processing the month, or the one before or after it.
  await retried(() => months.restoreFile(archived.file)).catch((error: unknown) => {
    expect(String(error)).toMatch(/still being archived|restored before|cannot be restored before/);
  });
  await leaveAgain();
};

/** Makes restored months due again. */
const leaveAgain = () => sql`
  update archived_partitions set restored_at = now() - interval '31 days' where restored_at is not null`;

/** What archiving writes, in its order, and what restoring does. */
const writtenToArchive = [
  ['earning_borders', 'insert'],
  ['ledger_archives', 'insert'],
  ['ledger_openings', 'insert'],
  ['lot_openings', 'insert'],
  ['archived_orders', 'insert'],
  ['archive_files', 'insert'],
  ['archived_partitions', 'update of dropped_at'],
] as const;
const writtenToRestore = [
  ['ledger_archives', 'delete'],
  ['ledger_openings', 'insert'],
  ['archived_orders', 'delete'],
  ['archived_partitions', 'update of restored_at'],
] as const;

/** Kills connections that are writing to a table. */
const dying = async (table: string, event: string, work: () => Promise<void>): Promise<void> => {
  await sql.unsafe(`
    create function kill() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
    create trigger kills before ${event} on ${table} for each statement execute function kill()`);
  await work();
  await sql.unsafe(`drop function kill cascade`);
};

const entries = () => sql`
  select row_to_json(entry)::text as row from points_ledger entry where recorded_at < '2026-01-01' order by entry_no`;

describe('months of the ledger', () => {
  it('are archived and restored completely, wherever a run dies', {
    timeout: 300_000,
  }, async () => {
    const tenants = await tenantsWithOldOrders();
    const before = await entries();
    await expectSound(sql);
    for (const [table, event] of writtenToArchive)
      await dying(table, event, async () => {
        await expect(months.archive(over)).rejects.toThrow('killed');
        await expectSound(sql);
      });
    // Refused from now on, although the months are online: their wallets are prepared for
    // archiving.
    const { deliver } = pod();
    const late = order(tenants[0] ?? '', 'late-again', '2001-01-15T00:00:00Z');
    expect(await deliver([late])).toMatchObject([{ code: 'order-archived' }]);
    await months.archive(over);
    expect(await months.online()).toEqual([]);
    expect(await months.wrong()).toEqual([]);

    const [file = ''] = await filesOf('2001-03');
    const content = await readFile(join(months.folder, file));
    await writeFile(join(months.folder, file), 'damaged');
    expect((await verifyArchive(sql, months.files)).wrong).toMatchObject([{ file }]);
    await expect(months.restoreFile(file)).rejects.toThrow('not as it was written');
    await writeFile(join(months.folder, file), content);

    for (const [table, event] of writtenToRestore)
      await dying(table, event, async () => {
        await expect(months.restoreFile(file)).rejects.toThrow('killed');
        await expectSound(sql);
      });
    for (const month of old.toReversed())
      for (const each of await filesOf(month)) await months.restoreFile(each);
    expect(await months.wrong()).toEqual([]);
    expect(await entries()).toEqual(before);
    await intruder(sql)(
      `update points_ledger set points = points + 1 where cause_id = 'a-2001-02'`,
    );
    expect(await auditLedger(sql)).not.toSatisfy(isSound);
    await intruder(sql)(
      `update points_ledger set points = points - 1 where cause_id = 'a-2001-02'`,
    );
    await leaveAgain();
  });

  it('are archived and restored while orders, refunds, redemptions, expiry and audits continue', {
    timeout: 300_000,
  }, async () => {
    const tenants = await tenantsWithOldOrders();
    let isDone = false;
    const booked = new Set<string>();
    const refusals: Error[] = [];
    const paying = async (name: string): Promise<void> => {
      const { deliver } = pod();
      for (const { tenantId, round } of turns(tenants)) {
        const month = old[round % old.length] ?? '';
        const id = `n${'-'.repeat(round % 3)}${name}-${round}`;
        const outcomes = await retried(() =>
          deliver([
            order(tenantId, id, `2026-10-${10 + (round % 20)}T00:00:00Z`),
            order(tenantId, `bb-${month}`, `${month}-11T00:00:00Z`),
            order(tenantId, `late-${name}-${round}`, `${month}-15T00:00:00Z`),
            refund(tenantId, `${name}-${round}`, id),
            refund(tenantId, `${name}-old-${round}`, `ccc-${month}`),
          ]),
        );
        booked.add(`${tenantId} ${id}`);
        refusals.push(...outcomes.filter((outcome) => outcome instanceof Error));
      }
    };
    const spending = async (): Promise<void> => {
      const wallets = walletStore(sql);
      const now = new Date('2026-12-31Z');
      for (const { tenantId, round } of turns(tenants)) {
        const redemptionId = derivedId(tenantId, 'spent', String(round));
        const wallet = { tenantId, customerId: `c-${round % 3}`, program: 'points' };
        const request = { ...wallet, redemptionId, points: 2, now, commit: true, cause: '/t s' };
        await retried(() =>
          wallets.reserve(
            { ...request, reference: 'r', createdBy: 't', timesOutAt: now },
            () => ({ id: derivedId('domainEvent', redemptionId), time: now }) as never,
          ),
        );
        const due = { event: 'expiry', tenantId, now, cause: '/t e', lotsMax: 10 } as const;
        await retried(() => lotStore(sql).changeDue(due, () => []));
      }
    };
    const meanwhile = async (work: () => Promise<unknown>): Promise<number> => {
      let times = 0;
      for (; !isDone || times === 0; times += 1) await retried(work);
      return times;
    };
    const archiving = [1, 2].map(() => meanwhile(() => months.archive(over)));
    const others = [
      meanwhile(restoreSome),
      meanwhile(() => expectSound(sql)),
      meanwhile(async () => expect((await checkLedgerChain(sql)).examples).toEqual([])),
      meanwhile(() => sumWallets(sql, { isOver: () => isDone })),
    ];
    await Promise.all([paying('p'), paying('q'), spending()]).finally(() => (isDone = true));
    await Promise.all([...archiving, ...others]);

    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'order-archived' });
    const [paid] = await sql`
      select count(*) as orders from points_ledger where kind = 'EARN' and cause_id like 'n%'`;
    expect(paid).toEqual({ orders: booked.size });
    await months.pretendAudited();
    await months.archive(over);
    expect(await months.online()).toEqual([]);
    expect((await verifyArchive(sql, months.files)).wrong).toEqual([]);
    expect(await months.wrong()).toEqual([]);
    for (const month of old.toReversed())
      for (const file of await filesOf(month)) await months.restoreFile(file);
    expect(await months.wrong()).toEqual([]);
  });
});
