/**
 * Records of Kafka compared with their effects: what was delivered is never reported missing, and
 * what was lost always is.
 */
import { randomUUID } from 'node:crypto';
import type { Message } from 'kafkajs';
import { beforeEach, describe, expect, it } from 'vitest';
import { compareForAWhile } from '#functions/reconcile-rewards/topics/compare-for-a-while.ts';
import { compareTopics } from '#functions/reconcile-rewards/topics/compare-topics.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversalRequested,
  IncentiveReversed,
} from '#shared/eventing/contracts/incentives.ts';
import { OrderPlaced } from '#shared/eventing/contracts/orders.ts';
import { missingRecords } from '#shared/stores/postgres/topics/missing-records.ts';
import { nullHeader } from '#shared/testing/null-header.ts';
import { hasKafka } from '#shared/testing/servers/servers.ts';
import { qualificationOf, qualifiedData, testRewards } from '#shared/testing/worlds/rewards.ts';
import { sourceWorld } from './topics/source-world.ts';

describe.skipIf(!hasKafka())('topics compared with what came of their records', async () => {
  const world = await sourceWorld();
  const { sql, write, deliver, comparing, sourceOf } = world;
  const rewards = testRewards(sql);
  const unlimited = { isOver: () => false };
  const compare = () => compareTopics(comparing(), unlimited);
  const missing = async () =>
    (await missingRecords(sql).page(undefined, 10_000)).map(
      ({ topic, partition, offset, reason }) =>
        `${world.sources.find((source) => source.topic === topic)?.name} ${partition}/${offset}: ${reason}`,
    );
  const json = (data: object, fields: Partial<Message> = {}): Message => ({
    key: randomUUID(),
    value: JSON.stringify(data),
    ...fields,
  });
  let number = 0;
  const id = (prefix: string) => `${prefix}-${(number += 1)}`;
  const order = (fields: object = {}) => ({
    ...{ orderId: id('o'), customerId: `c-${number % 50}`, amount: '250.00' },
    ...fields,
  });
  const ce = (type: string, data: object, attributes: Message['headers'] = {}): Message =>
    json(data, {
      headers: {
        ...attributes,
        ...{ ce_specversion: '1.0', ce_id: id('ce'), ce_source: '/shop', ce_type: type },
        'content-type': 'application/json',
      },
    });
  const structured = (envelope: object): Message =>
    json(
      { specversion: '1.0', id: id('s'), source: '/shop', ...envelope },
      { headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' } },
    );
  const action = (fields: object = {}) => ({
    ...{ eventId: id('e'), userId: 'u-1', action: 'PURCHASE', payload: {} },
    ...fields,
  });

  beforeEach(async () => {
    await compare();
    await sql`truncate missing_records`;
  });

  it('finds no recorded event missing, however it was delivered and whatever it earned', async () => {
    const paid = order();
    const early = order();
    await write('orders', [
      json(paid),
      json(paid),
      json({ ...paid, placedAt: '2026-01-01T00:00:00Z' }),
      json(order({ amount: '0.01' })),
      ce(OrderPlaced.type, order()),
      structured({ type: OrderPlaced.type, data: order() }),
      // The data plane finds its time invalid and treats it as a plain record.
      ce('shop.opened', order(), { ce_time: 'today' }),
      json({ refundId: id('r'), orderId: early.orderId, amount: '10.00' }),
      json({ refundId: id('r'), orderId: 'o-never', amount: '10.00' }),
      json({ refundId: id('r'), orderId: paid.orderId, amount: '10.00' }),
      json({ orderId: paid.orderId, progress: 'delivered' }),
      json({ orderId: 'o-never', progress: 'delivered' }),
      json(early),
      ...Array.from({ length: 3_000 }, () => json(order())),
    ]);
    const done = action();
    await write('tenant-events', [
      json(done),
      json(done),
      json({ reversedEventId: done.eventId }),
      json({ reversedEventId: 'e-never' }),
      json(action({ action: 'NOBODY_ASKS_FOR_IT' })),
    ]);
    const tenantId = await rewards.createTenant();
    const offer = {
      tenantId,
      campaignId: await rewards.createCampaign(tenantId, { total: { count: 1 } } as never),
    };
    const qualified = (first: number) =>
      ce(
        CampaignQualified.type,
        qualifiedData(qualificationOf(offer, first), qualificationOf(offer, first + 1)),
      );
    const lost = qualificationOf(offer, 9);
    await write('campaign-qualified', [
      qualified(1),
      qualified(1),
      qualified(3),
      ce(IncentiveReversalRequested.type, {
        ...{ incentiveId: lost.incentiveId, tenantId, userId: lost.userId, eventId: lost.eventId },
        ...{ campaignId: lost.campaignId, campaignVersion: 1, reason: 'returned' },
        ...{ requestedBy: 'ann', requestedAt: '2026-11-20T12:00:00Z' },
      }),
    ]);
    const long = '2020-01-01T00:00:00Z';
    const given = { ...IncentiveGenerated.example, issuedAt: new Date().toISOString() };
    await write('incentive-generated', [
      ce(IncentiveGenerated.type, given),
      ce(IncentiveGenerated.type, { ...given, userId: 'c-2', issuedAt: long }),
      ce(IncentiveReversed.type, { ...given, reversedAt: given.issuedAt }),
      ce(IncentiveExpired.type, { ...given, expiredAt: given.issuedAt }),
      ce(IncentiveRefused.type, IncentiveRefused.example),
    ]);
    for (const { name } of world.sources) await deliver(name);
    expect(await compare()).toBe(true);
    expect(await missing()).toEqual([]);
    const states = await missingRecords(sql).states(world.sources.map(({ topic }) => topic));
    expect(states.map((state) => state.missing)).toEqual([0, 0, 0, 0]);
  });

  it('finds no event missing that was refused and stored as a dead letter', async () => {
    const paid = order();
    await write('orders', [
      json(paid),
      json({ ...paid, amount: '999.00' }),
      json(order({ amount: '-1' })),
      json(order({ tenantId: 'nobody' })),
      { key: 'k', value: 'no JSON' },
      { key: 'k', value: null },
      { key: 'k', value: Buffer.from([0, 0, 0, 0, 1, 7]) },
      { value: JSON.stringify(order({ orderId: '' })) },
      ce('shop.opened', order()),
      json([order()], { headers: { 'content-type': 'application/cloudevents-batch+json' } }),
      json(order(), { headers: { 'content-type': 'application/cloudevents+json' } }),
      json(order(), { headers: { 'content-type': 'text/plain' } }),
    ]);
    await deliver('orders');
    await compare();
    expect(await missing()).toEqual([]);
  });

  it('names each lost record by partition and offset, with the probable reason', async () => {
    const placed = (message: Partial<Message> = {}) => json(order(), { partition: 0, ...message });
    await write('orders', [placed()]);
    await deliver('orders');
    const offset = await world.endOf('orders', 0);
    const at = (index: number) => `orders 0/${offset + index}`;
    await write('orders', [
      placed(),
      placed({ headers: { trace: nullHeader() } }),
      { ...ce(OrderPlaced.type, order()), partition: 0 },
      placed(),
    ]);
    await deliver('orders');
    await write('orders', [
      placed({ key: 'c-\u0001' }),
      placed({ headers: { note: 'two\nlines' } }),
      placed(),
    ]);
    await deliver('orders');
    await compare();
    expect(await missing()).toEqual([
      `${at(0)}: it was read together with offset ${offset + 1}, which has a header without a value`,
      `${at(1)}: its header "trace" has no value`,
      `${at(3)}: it was read together with offset ${offset + 1}, which has a header without a value`,
      `${at(4)}: its key contains a control character`,
      `${at(5)}: its header "note" contains a control character`,
    ]);
  });

  it('finds records that a group was moved past, whatever their form', async () => {
    await write('tenant-events', [
      json(action(), { partition: 1 }),
      { key: 'k', value: 'no JSON', partition: 1 },
      json({ reversedEventId: 'e-moved' }, { partition: 1 }),
    ]);
    const high = await world.endOf('tenant-events', 1);
    await world.commit('tenant-events', 1, high);
    await compare();
    expect(await missing()).toEqual(
      [3, 2, 1].map((back) => `tenant-events 1/${high - back}: unknown`),
    );
  });

  it('ignores what is in flight, even if its dead letter is written before its offset is committed', async () => {
    const refused = () => json({ nothing: true }, { partition: 2 });
    await write('orders', [refused(), json(order(), { partition: 2 }), refused()]);
    await deliver('orders', { inFlight: 3 });
    await compare();
    expect(await missing()).toEqual([]);
    await deliver('orders');
    await compare();
    expect(await missing()).toEqual([]);
    const [waiting] = await sql`select count(*)::int as count from lettered_records`;
    expect(waiting).toEqual({ count: 0 });
  });

  it('removes a record from the list once it was sent again', async () => {
    const lost = order();
    const unreadable = { key: 'k', value: 'no JSON', headers: { trace: nullHeader() } };
    await write('orders', [
      json(lost, { headers: { trace: nullHeader() }, partition: 0 }),
      { ...unreadable, partition: 1 },
    ]);
    await deliver('orders');
    await compare();
    expect(await missing()).toHaveLength(2);
    await write('orders', [json(lost)]);
    await deliver('orders');
    await compare();
    expect(await missing()).toEqual([
      expect.stringMatching(/^orders 1\/\d+: its header "trace" has no value$/) as string,
    ]);
  });

  it('continues where a run was interrupted, and two at once find each record once', async () => {
    const lost = Array.from({ length: 1_200 }, (_, index) =>
      json(order(), { partition: index % 3, ...(index % 100 === 0 && { key: 'c-\u0002' }) }),
    );
    await write('orders', lost);
    await deliver('orders');
    const died = new Error('killed');
    const dying = comparing();
    let parts = 0;
    const killed = {
      ...dying,
      comparison: {
        ...dying.comparison,
        advance: (...args: Parameters<typeof dying.comparison.advance>) => {
          if ((parts += 1) === 2) return Promise.reject(died);
          return dying.comparison.advance(...args);
        },
      },
    };
    await expect(compareTopics(killed, unlimited)).rejects.toBe(died);
    expect(await missing()).toHaveLength(4);
    let compared = 0;
    const counting = {
      ...unlimited,
      compared: (_topic: string, records: number) => void (compared += records),
    };
    await compareTopics(comparing(), counting);
    expect(compared).toBeGreaterThan(0);
    expect(compared).toBeLessThan(1_200);
    expect(await missing()).toHaveLength(12);

    await write('orders', lost);
    await deliver('orders');
    await Promise.all([compare(), compare()]);
    expect(await missing()).toHaveLength(24);
  });

  it('ends when its time is up, and the next run continues', async () => {
    await write('orders', [json(order(), { key: 'c-\u0003' })]);
    await deliver('orders');
    expect(await compareTopics(comparing(), { isOver: () => true })).toBe(false);
    expect(await missing()).toEqual([]);
    await compareForAWhile(comparing(), 60_000);
    expect(await missing()).toHaveLength(1);
  });

  it('forgets what retention has deleted, and starts over in a topic that was created again', async () => {
    const { topic } = sourceOf('orders');
    await write('orders', [json(order(), { key: 'c-\u0004', partition: 0 })]);
    await deliver('orders');
    await compare();
    expect(await missing()).toHaveLength(1);
    const high = await world.endOf('orders', 0);
    await world.admin.deleteTopicRecords({
      topic,
      partitions: [{ partition: 0, offset: String(high) }],
    });
    await compare();
    expect(await missing()).toEqual([]);

    await sql`update compared_partitions set next_offset = 1000000 where topic = ${topic} and partition = 1`;
    await world.commit('orders', 1, 1);
    await compare();
    const [position] = await sql`
      select next_offset as next from compared_partitions where topic = ${topic} and partition = 1`;
    expect(position).toEqual({ next: 1 });
  });
});
