/** Incentives are archived month by month, and what later decisions need of them stays. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readGiven } from '#scripts/backtest/read-actions.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { RecordArchived } from '#shared/domain/errors.ts';
import { ArchiveTick } from '#shared/eventing/contracts/ticks.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { archiveFolder } from '#shared/stores/files/archive-folder.ts';
import { movedIncentives } from '#shared/stores/postgres/archive/move-incentives.ts';
import { recordArchive } from '#shared/stores/postgres/archive/record-archive.ts';
import { restorePartition } from '#shared/stores/postgres/archive/restore-partition.ts';
import { verifyArchive } from '#shared/stores/postgres/archive/verify-archive.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { incentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { expectSound } from '#shared/testing/expect-sound.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import {
  type Offer,
  qualificationOf,
  requestsNow,
  testRewards,
} from '#shared/testing/worlds/rewards.ts';
import { lotIdOf } from '#shared/testing/worlds/wallets.ts';
import { archiveRecords } from './handler.ts';

const sql = await testSql({ max: 8 });
const folder = await mkdtemp(join(tmpdir(), 'guerdon-archive-'));
afterAll(() => rm(folder, { recursive: true }));
const files = archiveFolder(folder);
const rewards = testRewards(sql);
const store = incentiveStore(sql);
const january = new Date('2025-01-15T12:00:00Z');
/** When the default retention of incentives of January 2025 has just ended. */
const over = new Date('2026-03-01T00:00:00Z');

const archive = (now = over) => {
  const handlers = archiveRecords({
    archive: recordArchive(sql, { files, fileRowsMax: 3, rowsAtOnce: 2 }),
    exclusively: (work) => exclusively(sql, 'archive-records', work),
    clock: () => now,
    runMsMax: 60_000,
    log: createLogger('test'),
  });
  return deliverOne(handlers, ArchiveTick);
};

const issue = async (qualifications: readonly Qualification[], now = over) => {
  const qualified = qualifications.map((qualification) => {
    const { tenantId, userId: customerId } = qualification;
    const lotId = lotIdOf({ tenantId, customerId, program: 'points' }, january);
    return [{ qualification, cause: '/test', lotId }];
  });
  const { requests, terms } = await requestsNow(sql, qualified);
  const { outcomes } = await store.issue(requests, { now, likelyFull: new Set(), terms });
  return outcomes.flat();
};

const reverse = ({ reward: _, qualifiedAt: _at, ...ids }: Qualification) =>
  store.reverse([{ ...ids, cause: '/test', reason: 'cancelled', requestedAt: january }], january);

/**
 * A tenant with seven incentives of January: five issued, of which one is reversed, and two beyond
 * a cap.
 */
const world = async (): Promise<Offer & { qualifications: readonly Qualification[] }> => {
  const tenantId = await rewards.createTenant({ user: { maxTotal: 5 } });
  const campaignId = await rewards.createCampaign(tenantId);
  const qualifications = [1, 2, 3, 4, 5, 6, 7].map((number) =>
    qualificationOf({ tenantId, campaignId }, number, { qualifiedAt: january }),
  );
  await issue(qualifications, january);
  await reverse(qualifications[0]!);
  await sql`truncate unpublished_incentive_events`;
  await sql`
    insert into quest_completions
      (incentive_id, tenant_id, campaign_id, user_id, rule_key, completion, campaign_version, event_id)
    select incentive_id, tenant_id, campaign_id, user_id, 'r', row_number() over (), 1, event_id from incentives
    where tenant_id = ${tenantId} limit 2`;
  return { tenantId, campaignId, qualifications };
};

const rowsOf = (tenantId: string) => sql`
  select row_to_json(one)::text as row, (
    select json_agg(log order by event)::text from incentive_event_log log where log.incentive_id = one.incentive_id) as log, (
    select row_to_json(own)::text from quest_completions own where own.incentive_id = one.incentive_id) as quest
  from incentives one where tenant_id = ${tenantId} order by incentive_id`;
const usageOf = (tenantId: string) => sql`
  select subject, day::text, unit, sum(count)::int as count, sum(amount)::int as amount from limit_usage
  where tenant_id = ${tenantId} group by 1, 2, 3 order by 1, 2, 3`;
const kindsOf = (outcomes: readonly Readonly<{ kind: string }>[]) =>
  outcomes.map(({ kind }) => kind);

describe('archiving incentives', () => {
  it('keeps what decides about redeliveries and caps, and restores them as they were', async () => {
    const { tenantId, campaignId, qualifications } = await world();
    const [before, usage] = [await rowsOf(tenantId), await usageOf(tenantId)];
    expect(before).toHaveLength(7);
    const elsewhere = { ...qualifications[0]!, campaignId: randomUUID() };
    const given = (asked: Qualification) =>
      readGiven(sql, { tenantId, campaigns: [asked as never] }, [asked]);
    const [givenHere, givenElsewhere] = [await given(qualifications[0]!), await given(elsewhere)];
    expect(givenElsewhere.get('user:u-1')).toMatchObject({ total: { count: 4 } });
    await archive(new Date(over.getTime() - 1));
    expect(await rowsOf(tenantId)).toEqual(before);

    await archive();
    expect(await rowsOf(tenantId)).toEqual([]);
    expect(await sql`select from quest_completions`).toEqual([]);
    expect(await sql`select from archive_files where tenant_id = ${tenantId}`).toHaveLength(3);
    expect(await verifyArchive(sql, files)).toEqual({ files: 3, rows: 7, wrong: [] });
    expect(await sql`select from pg_class where relname like 'incentives_2025_01%'`).toEqual([]);
    expect(await usageOf(tenantId)).toEqual(usage);
    expect(await given(elsewhere)).toEqual(givenElsewhere);
    expect((await given(qualifications[0]!)).get('tenant')?.total.count ?? 0).toBe(0);
    expect(givenHere.size).toBe(0);
    await expectSound(sql);

    expect(kindsOf(await issue(qualifications))).toEqual(Array(7).fill('archived'));
    const [first] = qualifications;
    expect(kindsOf((await reverse(first!)).outcomes)).toEqual(['archived']);
    await expect(store.find(first!)).rejects.toThrow(RecordArchived);
    expect(await store.page({ tenantId, limit: 10 })).toEqual([]);
    expect(await rowsOf(tenantId)).toEqual([]);
    const next = qualificationOf({ tenantId, campaignId }, 8, { qualifiedAt: january });
    await issue([next]);
    expect((await store.find(next))?.status).toBe('ISSUED');
    expect(kindsOf(await issue([{ ...next, incentiveId: randomUUID() }]))).toEqual(['decided']);
    await expectSound(sql);

    const [file] = await sql<{ file: string }[]>`select file from archive_files limit 1`;
    const restored = await restorePartition(sql, files, file!.file);
    expect(restored).toEqual({ partition: 'incentives_2025_01_1', tenantId, rows: 7 });
    expect(await rowsOf(tenantId)).toEqual(expect.arrayContaining([...before]));
    expect(await sql`select from archived_incentives`).toEqual([]);
    await expectSound(sql);
    await archive();
    expect(await rowsOf(tenantId)).toHaveLength(9);
  });

  it('keeps those that may still change, and all of a tenant that wants them forever', async () => {
    const { tenantId, qualifications } = await world();
    const forEver = await world();
    await sql`insert into retention values (${forEver.tenantId}, 'incentives', null)`;
    const [, expiring, unpublished] = qualifications.map(({ incentiveId }) => incentiveId);
    await sql`update incentives set expires_at = '2030-01-01' where incentive_id = ${expiring!}`;
    await sql`
      insert into unpublished_incentive_events (incentive_id, event) values (${unpublished!}, 'generated')`;
    await sql`update archived_partitions set restored_at = null where restored_at is not null`;
    await archive();
    const left = (
      await sql`select incentive_id as id from incentives where tenant_id = ${tenantId}`
    ).map(({ id }) => id as string);
    expect(left.toSorted()).toEqual([expiring, unpublished].toSorted());
    expect(await rowsOf(forEver.tenantId)).toHaveLength(7);
    await expectSound(sql);
  });

  it('refuses a reversal that waits for its incentive to be archived', async () => {
    const { tenantId, qualifications } = await world();
    const { incentiveId } = qualifications[1]!;
    const month = 'incentives_2025_01_moving';
    await sql`select create_partition('incentives', ${month})`;
    await sql`alter table ${sql(month)} add column log jsonb, add column quest jsonb`;
    const { promise: isMoved, resolve: moved } = Promise.withResolvers<undefined>();
    const { promise: canCommit, resolve: commit } = Promise.withResolvers<undefined>();
    const moving = sql.begin(async (tx) => {
      await movedIncentives.move(tx, { tenantId, ids: [incentiveId], month });
      moved(undefined);
      await canCommit;
    });
    await isMoved;
    const reversing = reverse(qualifications[1]!);
    await vi.waitFor(async () => expect(await lockWaits(sql)).toBe(1), { timeout: 60_000 });
    commit(undefined);
    await moving;
    expect(kindsOf((await reversing).outcomes)).toEqual(['archived']);
    expect(await sql`select from incentives where incentive_id = ${incentiveId}`).toEqual([]);
  });
});
