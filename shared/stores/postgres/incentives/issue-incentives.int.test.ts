import { describe, expect, it } from 'vitest';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { Caps } from '#shared/domain/limits/caps.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import {
  type Offer,
  qualificationOf,
  requestsNow,
  testRewards,
} from '#shared/testing/worlds/rewards.ts';
import type { Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { issueIncentives } from './issue-incentives.ts';

const sql = await testSql();
const rewards = testRewards(sql);

const offer = async (caps: Caps = {}): Promise<Offer> => {
  const tenantId = await rewards.createTenant({ global: caps, user: caps });
  return { tenantId, campaignId: await rewards.createCampaign(tenantId) };
};

/** Requests of so many users, each for an incentive of their own. */
const requestsOf = (of: Offer, from: number, count: number) =>
  requestsNow(
    sql,
    Array.from({ length: count }, (_, index) => {
      const qualification = qualificationOf(of, from + index, { userId: `u-${from + index}` });
      return [{ qualification, cause: '/test 1', lotId: everlastingLotId }];
    }),
  );

const issueIn = async (
  tx: Transaction,
  { requests, terms }: Awaited<ReturnType<typeof requestsOf>>,
) => {
  const how = { now: new Date('2026-11-21T00:00:00Z'), likelyFull: new Set<string>(), terms };
  const { outcomes } = await issueIncentives(tx, requests, how);
  expect(outcomes.flat().map(({ kind }) => kind)).toEqual(requests.map(() => 'decided'));
};

describe('issueIncentives', () => {
  const rowsOf = async (tx: Transaction) => {
    const [row] = await tx<[Readonly<{ read: number; written: number; locked: number }>]>`
      select sum(idx_tup_fetch + seq_tup_read) filter (where relname = 'limit_usage')::int as read,
        sum(n_tup_ins + n_tup_upd) filter (where relname = 'limit_usage')::int as written,
        sum(n_tup_ins) filter (where relname = 'limit_locks')::int as locked
      from pg_stat_xact_user_tables`;
    return row;
  };

  /** The rows of usage that a batch of ten requests touches, of users who have none yet. */
  const touched = async (of: Offer, from: number) => {
    const known = await requestsOf(of, from, 10);
    return inTransaction(sql, async (tx) => {
      const before = await rowsOf(tx);
      await issueIn(tx, known);
      const after = await rowsOf(tx);
      return {
        read: after.read - before.read,
        written: after.written - before.written,
        locked: after.locked - before.locked,
      };
    });
  };

  /** Gives tenant and campaign 400 days of usage before and after the day of the requests. */
  const age = async ({ tenantId, campaignId }: Offer) => {
    await sql`
      insert into limit_usage (tenant_id, subject, day, unit, count, amount)
      select ${tenantId}, subject, '2026-11-20'::date + n, 'POINTS', 1, 10
      from generate_series(-400, 400) n, unnest(${['tenant', `campaign:${campaignId}`]}::text[]) subject
      where n <> 0`;
    await sql`analyze limit_usage`;
  };

  // A total and a day of each user, of each user of the campaign, and of the tenant and the
  // campaign together.
  const written = 2 * 10 + 2 * 10 + 2 * 2;

  it('reads and writes as many rows of usage after 400 days as after one, where caps decide', async () => {
    const of = await offer({ maxPerDay: 1_000, maxTotal: 1_000_000 });
    await touched(of, 0);
    const young = await touched(of, 100);
    // The tenant has its lock, and nobody else needs one.
    expect(young).toMatchObject({ written, locked: 0 });
    await age(of);
    expect(await touched(of, 200)).toEqual(young);
  });

  it('reads no usage and locks nobody without caps', async () => {
    const of = await offer();
    await touched(of, 0);
    const young = await touched(of, 100);
    expect(young).toMatchObject({ written, locked: 0 });
    await age(of);
    expect(await touched(of, 200)).toEqual(young);
  });

  it('waits for no other batch of a tenant without caps', async () => {
    const of = await offer();
    const [first, second] = [await requestsOf(of, 0, 10), await requestsOf(of, 10, 10)];
    await inTransaction(sql, async (one) => {
      await issueIn(one, first);
      await inTransaction(sql, async (other) => {
        await other`set local lock_timeout = 1`;
        await issueIn(other, second);
      });
    });
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 20, used: 20 });
  });
});
