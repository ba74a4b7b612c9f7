/**
 * The reward engine end to end, over the same paths as in production: rules and tiers through
 * cms-api, orders, refunds and progress through Kafka, redemptions through wallet-api, and finally
 * the board, the events and the audit.
 */

import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { OrderRecord } from '#scripts/orders/order-record.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import { type LeaderboardClient, leaderboardClient } from '#scripts/platform/leaderboard-client.ts';
import { takeSnapshot } from '#scripts/platform/requests/request-snapshot.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { defaultSealTerms, sealLedger } from '#shared/stores/postgres/ledger/chain/ledger-chain.ts';
import { checkLedgerChain } from '#shared/stores/postgres/ledger/chain/ledger-chain-check.ts';
import { expectSound } from '#shared/testing/expect-sound.ts';

type Answer = Readonly<{
  status: number;
  replayed: boolean;
  body: Readonly<Record<string, unknown>>;
}>;

export const rewardEngine = (started: () => Platform): void => {
  let platform: Platform;
  let leaderboard: LeaderboardClient;
  beforeAll(() => {
    platform = started();
    leaderboard = leaderboardClient(platform.knative.url('leaderboard-api'), platform.token);
  });

  const ask = async (
    service: 'cms-api' | 'wallet-api',
    path: string,
    { body, key = randomUUID() }: Readonly<{ body?: object; key?: string }> = {},
  ): Promise<Answer> => {
    const url = `${platform.knative.url(service)}/api/v1/tenants/default${path}`;
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${platform.token}`,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      replayed: answer.headers.get('idempotency-replayed') === 'true',
      body: (await answer.json()) as Answer['body'],
    };
  };
  const walletOf = (customerId: string) => `/customers/${customerId}/wallets/points`;

  /** Writes plain JSON records to `orders` and waits until each is answered. */
  const write = async (...records: readonly object[]): Promise<void> => {
    const toRecord = (record: object): OrderRecord => ({
      key: 'ann',
      value: Buffer.from(JSON.stringify(record)),
      kind: 'order',
    });
    await sendOrders(records.map(toRecord), { brokers: platform.brokers });
    await platform.knative.drained({ timeoutMs: 60_000 });
  };

  const placedAt = (minutesFromNow: number) =>
    new Date(Date.now() + minutesFromNow * 60_000).toISOString();
  const order = (number: number, amount: number, fields: object = {}) => ({
    orderId: `o-${number}`,
    customerId: 'ann',
    amount,
    placedAt: placedAt(number - 30),
    ...fields,
  });

  /**
   * Versions take effect minutes after their activation: backdates those that were activated here.
   */
  const beginAnHourAgo = async (): Promise<void> => {
    const sql = connectPostgres({ url: platform.services.postgres.url, max: 1 });
    try {
      await sql.begin(async (transaction) => {
        await transaction`set local session_replication_role = replica`;
        for (const table of ['earning_rules', 'tier_ladders'])
          await transaction`
            update ${transaction(table)} set valid_from = now() - interval '1 hour' where valid_from > now()`;
      });
    } finally {
      await sql.end();
    }
  };

  it('accepts a new rule and tiers, and previews what an order would earn', async () => {
    const rules = '/programs/points/rules';
    const terms = {
      rate: { points: 1, perMinor: 10_000 },
      rounding: 'carry',
      expiry: { kind: 'rolling', days: 365 },
      refundPolicy: 'unlimited',
    };
    const made = await ask('cms-api', rules, { body: { currency: 'INR', terms } });
    expect(made).toMatchObject({ status: 201, body: { version: 2, status: 'draft' } });
    expect(await ask('cms-api', `${rules}/2:activate`, { body: {} })).toMatchObject({
      status: 200,
      body: { status: 'scheduled' },
    });
    const tiers = {
      metric: 'earned',
      currency: 'INR',
      window: { kind: 'lifetime' },
      tiers: [{ name: 'gold', threshold: 100, multiplierBp: 20_000 }],
      graceDays: 0,
      downgrade: 'never',
      noticeDays: 0,
    };
    await ask('cms-api', '/programs/points/tiers', { body: { terms: tiers } });
    expect(await ask('cms-api', '/programs/points/tiers/1:activate', { body: {} })).toMatchObject({
      status: 200,
    });
    const dry = await ask('cms-api', '/programs/points:dry-run', {
      body: { order: { amount: 250, currency: 'INR', placedAt: placedAt(10) }, tier: 'gold' },
    });
    expect(dry).toMatchObject({ status: 200, body: { points: 5 } });
    await beginAnHourAgo();
  });

  it('rates orders by them, and reverses what a refund of the first leaves unearned in the others', async () => {
    await write(order(1, 10_000), order(2, 150), order(3, 150));
    // 100 points, then twice 1.5 at double the rate.
    expect(await ask('wallet-api', walletOf('ann'))).toMatchObject({
      body: { points: 106, tier: { name: 'gold' } },
    });
    // Without the first order: 1.5 and 1.5; the halves are carried over.
    await write({ refundId: 'r-1', orderId: 'o-1' }, { refundId: 'r-1', orderId: 'o-1' });
    expect(await ask('wallet-api', walletOf('ann'))).toMatchObject({ body: { points: 3 } });
    await write({ refundId: 'r-4', orderId: 'o-4' }, order(4, 5_000), order(5, 20_000));
    expect(await ask('wallet-api', walletOf('ann'))).toMatchObject({ body: { points: 203 } });
  });

  it('redeems the available points once per request, and explains the balance', async () => {
    const redemptions = `${walletOf('ann')}/redemptions`;
    const request = { body: { points: 150, commit: true }, key: 'basket-1' };
    const first = await ask('wallet-api', redemptions, request);
    expect(first).toMatchObject({ status: 201, replayed: false });
    expect(await ask('wallet-api', redemptions, request)).toEqual({ ...first, replayed: true });
    expect(await ask('wallet-api', redemptions, { body: { points: 54 } })).toMatchObject({
      status: 409,
      body: { code: 'insufficient-points' },
    });
    const transfer = { body: { to: 'bob', points: 13 } };
    expect(await ask('wallet-api', `${walletOf('ann')}/transfers`, transfer)).toMatchObject({
      status: 201,
    });
    expect(await ask('wallet-api', walletOf('bob'))).toMatchObject({ body: { points: 13 } });
    const { body } = await ask('wallet-api', `${walletOf('ann')}/statement`);
    expect(body).toMatchObject({ closing: { points: 40, pending: 0 } });
  });

  it('shows it on the board, publishes each event once, and passes the audit', async () => {
    await takeSnapshot(platform.knative.broker('guerdon'), leaderboard);
    expect(await leaderboard.top(10)).toMatchObject([
      { customerId: 'ann', points: 40 },
      { customerId: 'bob', points: 13 },
    ]);
    const domainEvents = await readTopic(platform.brokers, 'points-events');
    const types = new Set(domainEvents.map(({ headers }) => String(headers?.['ce_type'])));
    for (const name of [
      'points.awarded',
      'points.reversed',
      'points.revised',
      'points.redeemed',
      'points.transferred',
      'tier.changed',
    ]) {
      expect(types).toContain(`guerdon.${name}.v1`);
    }
    const sql = connectPostgres({ url: platform.services.postgres.url, max: 2 });
    try {
      await expectSound(sql);
      await sealLedger(sql, { ...defaultSealTerms, ageMaxMs: 0 });
      expect(await checkLedgerChain(sql)).toMatchObject({ unsealed: 0, broken: 0 });
      const [left] = await sql`select count(*)::int as waiting from outbox`;
      expect(left).toEqual({ waiting: 0 });
    } finally {
      await sql.end();
    }
  });
};
