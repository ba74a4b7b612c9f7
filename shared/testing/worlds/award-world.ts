import { pino } from 'pino';
import { afterAll } from 'vitest';
import { type EarningTerms, plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import { OrderPlaced, OrderProgressed, OrderRefunded } from '#shared/eventing/contracts/orders.ts';
import type { EventHandler, Outcome } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { earningStore } from '#shared/stores/postgres/earning/earning-store.ts';
import { orderProgressStore } from '#shared/stores/postgres/earning/order-progress-store.ts';
import { refundStore } from '#shared/stores/postgres/earning/refund-store.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import {
  balanceCache,
  type GuardedBalanceCache,
  guardedBalanceCache,
} from '#shared/stores/redis/balances/balance-cache.ts';
import { deliver } from '../deliver.ts';
import { expectSound } from '../expect-sound.ts';
import { testDatabase, testRedisClient } from '../servers/servers.ts';
import { tierLadder } from './earning.ts';

/** A record of the topic `orders` as a producer writes it. */
export type OrderRecord = Readonly<{ contract: string; data: object }>;

export const placed = (data: object): OrderRecord => ({ contract: OrderPlaced.type, data });
export const refunded = (data: object): OrderRecord => ({ contract: OrderRefunded.type, data });
export const progressed = (data: object): OrderRecord => ({ contract: OrderProgressed.type, data });

/**
 * A program of a test: terms that change one point per ₹100, and terms that change the tiers silver
 * and gold.
 */
export type ProgramSetup = Readonly<{
  terms?: Partial<EarningTerms>;
  ladder?: Partial<TierLadder>;
}>;

/** One process of award-points, with its own caches. */
export type Pod = Readonly<{
  /**
   * Delivers orders that follow each other together, as a micro-batch would; refunds and progress
   * one by one.
   */
  deliver: (records: readonly OrderRecord[]) => Promise<readonly Outcome[]>;
}>;

/** What award-points needs, with its own caches. */
export const awardParts = (sql: Sql, balances: Pick<GuardedBalanceCache, 'writeThrough'>) => ({
  tenants: tenantStore(sql),
  ledger: ledgerStore(sql),
  earnings: earningStore(sql),
  refunds: refundStore(sql),
  progress: orderProgressStore(sql),
  outbox: outbox(sql),
  balances,
  clock: () => new Date('2026-12-31T00:00:00Z'),
  batchItemsMax: 100,
  log: pino({ level: 'silent' }),
});

/**
 * award-points on a database and a Redis of the test file, in as many processes as a test needs.
 */
export const awardWorld = async (
  compose: (parts: Parts) => readonly EventHandler[],
  {
    connectionsMax = 12,
    ordersPerCheckpoint = 2,
    url,
  }: Readonly<{ connectionsMax?: number; ordersPerCheckpoint?: number; url?: string }> = {},
) => {
  const sql = connectPostgres({ url: url ?? (await testDatabase()).url, max: connectionsMax });
  const redis = await testRedisClient();
  afterAll(() => sql.end());
  const parts = () => ({
    ...awardParts(sql, guardedBalanceCache(balanceCache(redis), unwrittenBalances(sql))),
    ordersPerCheckpoint,
  });
  let tenants = 0;

  /**
   * Adds a program in rupees to a tenant; a process that loaded the tenant before does not know it.
   */
  const createProgram = async (
    tenantId: string,
    program: string,
    { terms = {}, ladder }: ProgramSetup = {},
  ): Promise<void> => {
    const rule = { ...plainTerms, rate: { points: 1, perMinor: 10_000 }, ...terms };
    await sql.begin(async (tx) => {
      await tx`insert into programs (tenant_id, program, name) values (${tenantId}, ${program}, 'P')`;
      await tx`insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
        values (${tenantId}, ${program}, 1, 'INR', ${JSON.stringify(rule)}::text::jsonb, 'epoch')`;
      if (ladder) {
        await tx`insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
          values (${tenantId}, ${program}, 1, ${JSON.stringify({ ...silverAndGold, ...ladder })}::text::jsonb, 'epoch', 'test')`;
      }
    });
  };

  return {
    sql,
    redis,
    /**
     * A new process; `between` is called around each call of a store, so before and after each
     * commit.
     */
    pod: (between?: () => Promise<unknown>, clock?: Clock): Pod => {
      const own = { ...parts(), ...(clock && { clock }) };
      const stores = between === undefined ? own : { ...own, ...interrupted(own, between) };
      return podOf(compose(stores));
    },
    createProgram,
    /** A new tenant in rupees; unless programs are named, it has only `points`. */
    createTenant: async (
      programs: Readonly<Record<string, ProgramSetup>> = { points: {} },
    ): Promise<string> => {
      const tenantId = `t-${(tenants += 1)}`;
      await sql`insert into tenants (tenant_id, name, currency, time_zone)
        values (${tenantId}, 'T', 'INR', 'Asia/Kolkata')`;
      await sql`insert into boards (tenant_id, board) values (${tenantId}, 'main')`;
      for (const [program, setup] of Object.entries(programs))
        await createProgram(tenantId, program, setup);
      return tenantId;
    },
    expectSound: () => expectSound(sql),
  };
};

type Parts = ReturnType<typeof awardParts> & Readonly<{ ordersPerCheckpoint: number }>;

const silverAndGold = tierLadder({
  window: { kind: 'rolling', days: 30 },
  tiers: [
    { name: 'silver', threshold: 20, multiplierBp: 15_000 },
    { name: 'gold', threshold: 50, multiplierBp: 20_000 },
  ],
  graceDays: 3,
});

/** The stores, with a callback before and after each of their calls. */
const interrupted = (
  { ledger, earnings, refunds, progress }: Parts,
  between: () => Promise<unknown>,
): Pick<Parts, 'ledger' | 'earnings' | 'refunds' | 'progress'> => {
  const around = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    await between();
    const result = await call();
    await between();
    return result;
  };
  return {
    ledger: { commit: (entries) => around(() => ledger.commit(entries)) },
    earnings: { pay: (...payment) => around(() => earnings.pay(...payment)) },
    refunds: {
      record: (refund) => around(() => refunds.record(refund)),
      apply: (...refund) => around(() => refunds.apply(...refund)),
      unapplied: (orders) => around(() => refunds.unapplied(orders)),
    },
    progress: {
      record: (reported) => around(() => progress.record(reported)),
      releaseAwaited: (...orders) => around(() => progress.releaseAwaited(...orders)),
    },
  };
};

const podOf = (handlers: readonly EventHandler[]): Pod => ({
  deliver: async (records) => {
    const outcomes: Outcome[] = [];
    for (const run of runsOf(records)) {
      const type = String(run[0]?.contract);
      const data = run.map((record) => record.data);
      outcomes.push(...(await deliver(handlers, { type }, data)));
    }
    return outcomes;
  },
});

const runsOf = (records: readonly OrderRecord[]): OrderRecord[][] => {
  const runs: OrderRecord[][] = [];
  for (const record of records) {
    const last = runs.at(-1);
    if (last?.[0]?.contract === OrderPlaced.type && record.contract === OrderPlaced.type)
      last.push(record);
    else runs.push([record]);
  }
  return runs;
};
