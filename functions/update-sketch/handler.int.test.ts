import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { register } from 'prom-client';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { bucketStart } from '#shared/domain/sketch/window-bucket.ts';
import { slices } from '#shared/domain/slices.ts';
import { CampaignCooled, CampaignHeated } from '#shared/eventing/contracts/campaign-heat.ts';
import { CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { HeatTick } from '#shared/eventing/contracts/ticks.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { connectRedis, type RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { hotSetKey, sketchKey } from '#shared/stores/redis/driver/keys.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { hitSketch } from '#shared/stores/redis/sketch/hit-sketch.ts';
import { hotSet } from '#shared/stores/redis/sketch/hot-set.ts';
import { isInShare } from '#shared/stores/redis/sketch/sketch-columns.ts';
import { deliveryOf, eventsOf, handlerOf } from '#shared/testing/deliver.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { shape } from './config.ts';
import { updateSketch } from './handler.ts';

const redis = await testRedisClient();
beforeEach(async () => {
  await redis.flushdb();
  register.resetMetrics();
});

const windowSeconds = 600;
/** The first instant of a window. */
const start = bucketStart(3_000_000, windowSeconds).getTime();
const minuteMs = 60_000;
const geometry = { width: 272, depth: 5 };
const terms = { threshold: 100, hysteresis: 0.5, windowSeconds };

type Pod = Readonly<{
  /** Delivers so many hits of campaigns in one batch and publishes the resulting events. */
  hit: (
    campaignIds: readonly string[],
    count?: number,
    tenantId?: string,
  ) => Promise<readonly DomainEvent[]>;
  tick: () => Promise<readonly DomainEvent[]>;
  logged: string[];
}>;

type Options = Readonly<{
  connection?: RedisConnection;
  isCounted?: (tenantId: string) => boolean;
  windows?: number;
  hotMax?: number;
  /** Dies before its events are marked as published. */
  dies?: boolean;
}>;

/** A pod of the function with its own clock. */
const pod = (
  clock: () => number,
  { connection = redis, isCounted = () => true, windows = 1, hotMax = 1_000, dies }: Options = {},
): Pod => {
  const logged: string[] = [];
  const handlers = updateSketch({
    sketch: hitSketch(connection, { geometry, keptMs: 3_000_000, windows, sampleOneIn: 1 }),
    hot: hotSet(connection, { keptMs: 1_200_000, campaignsMax: hotMax }),
    circuit: redisCircuit(),
    clock: () => new Date(clock()),
    log: pino({ level: 'warn' }, { write: (line) => logged.push(line) }),
    terms,
    geometry,
    isCounted,
    batchItemsMax: 1_000,
  });
  const deliver = async (
    contract: typeof CampaignsHit | typeof HeatTick,
    data: readonly object[],
  ): Promise<readonly DomainEvent[]> => {
    const handler = handlerOf(handlers, contract);
    const outcomes = await handler.handle(data.map((one) => deliveryOf(contract, one)));
    expect(outcomes).toHaveLength(data.length);
    const domainEvents = outcomes.flatMap(eventsOf);
    if (!dies) await handler.published?.(domainEvents);
    return domainEvents;
  };
  return {
    logged,
    hit: (campaignIds, count = 1, tenantId = 'default') =>
      deliver(
        CampaignsHit,
        Array.from({ length: count }, () => ({
          tenantId,
          hits: Object.fromEntries(campaignIds.map((id) => [id, 1])),
        })),
      ),
    tick: () => deliver(HeatTick, [{}]),
  };
};

const newCampaign = (): string => randomUUID();
const typesOf = (domainEvents: readonly DomainEvent[]) => domainEvents.map(({ type }) => type);
const metric = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
  const { values } = await register.getSingleMetric(name)!.get();
  const having = values.filter(({ labels: own }) =>
    Object.entries(labels).every(
      ([label, value]) => (own as Record<string, unknown>)[label] === value,
    ),
  );
  return having.reduce((sum, { value }) => sum + value, 0);
};

describe('a campaign', () => {
  it('heats up once at the threshold, stays hot, and cools once after a window with few hits', async () => {
    let now = start;
    const { hit, tick } = pod(() => now);
    const campaign = newCampaign();
    expect(await hit([campaign], 99)).toEqual([]);
    const [heated, ...others] = await hit([campaign, newCampaign()], 2);
    expect(others).toEqual([]);
    expect(heated).toMatchObject({
      type: CampaignHeated.type,
      partitionKey: campaign,
      time: new Date(start),
      data: {
        ...{ tenantId: 'default', campaignId: campaign, hits: 101, windowSeconds },
        hotSince: new Date(start).toISOString(),
      },
    });
    expect(CampaignHeated.schema.safeParse(heated!.data).success).toBe(true);
    expect(await hit([campaign], 500)).toEqual([]);
    expect(await metric('guerdon_campaign_hits_total', { heat: 'hot' })).toBe(502);
    expect(await metric('guerdon_campaign_hits_total', { heat: 'cold' })).toBe(101);

    now = start + 10 * minuteMs;
    expect(await hit([campaign], 50)).toEqual([]);
    expect(await hit([campaign], 1)).toEqual([]);
    now = start + 24 * minuteMs;
    // 51 hits in the window that ended: above half of the threshold.
    expect(await tick()).toEqual([]);
    now = start + 34 * minuteMs;
    const [cooled, ...more] = await tick();
    expect(more).toEqual([]);
    expect(cooled).toMatchObject({
      type: CampaignCooled.type,
      data: { campaignId: campaign, hits: 0, hotSince: new Date(start).toISOString() },
    });
    expect(await tick()).toEqual([]);
    expect(typesOf(await hit([campaign], 100))).toEqual([CampaignHeated.type]);
  });

  it('cools even if its tenant has no more hits', async () => {
    let now = start;
    const { hit, tick } = pod(() => now);
    const campaigns = [newCampaign(), newCampaign()];
    await hit(campaigns, 100);
    const published: DomainEvent[] = [];
    for (; now < start + 45 * minuteMs; now += minuteMs) published.push(...(await tick()));
    expect(typesOf(published)).toEqual([CampaignCooled.type, CampaignCooled.type]);
    expect(await redis.exists(hotSetKey('default'))).toBe(0);
  });

  it('is heated and cooled by one of several pods at once', async () => {
    let now = start;
    const pods = Array.from({ length: 8 }, () => pod(() => now));
    const campaign = newCampaign();
    const heated = await Promise.all(pods.map(({ hit }) => hit([campaign], 100)));
    expect(typesOf(heated.flat())).toEqual([CampaignHeated.type]);
    now = start + 24 * minuteMs;
    const cooled = await Promise.all(pods.map(({ tick }) => tick()));
    expect(typesOf(cooled.flat())).toEqual([CampaignCooled.type]);
  });

  it('over two windows is hot by the hits of both', async () => {
    let now = start + 9 * minuteMs;
    const { hit } = pod(() => now, { windows: 2 });
    const tumbling = pod(() => now);
    const campaign = newCampaign();
    expect(await hit([campaign], 60)).toEqual([]);
    now = start + 11 * minuteMs;
    expect(await tumbling.hit([campaign], 39)).toEqual([]);
    expect(typesOf(await hit([campaign], 1))).toEqual([CampaignHeated.type]);
  });
});

describe('in bad weather', () => {
  it('loses no hit when the window turns while batches are in progress', async () => {
    let now = start + 10 * minuteMs - 1;
    const pods = [pod(() => now), pod(() => (now += 1))];
    const campaign = newCampaign();
    await Promise.all(
      Array.from({ length: 40 }, (_, batch) => pods[batch % 2]!.hit([campaign], 2)),
    );
    const sketch = hitSketch(redis, { geometry, keptMs: 1 });
    const tenantId = 'default';
    const [before = 0] = await sketch.estimates({ tenantId, bucket: 3_000_000 }, [campaign]);
    const [after = 0] = await sketch.estimates({ tenantId, bucket: 3_000_001 }, [campaign]);
    expect(before + after).toBe(80);
    expect([before > 0, after > 0]).toEqual([true, true]);
  });

  it('makes one change of each kind even if clocks are a minute apart at the turn of windows', async () => {
    let now = start + 9.5 * minuteMs;
    const [slow, fast] = [pod(() => now), pod(() => now + minuteMs)];
    const campaign = newCampaign();
    const domainEvents: DomainEvent[] = [];
    for (; now < start + 11 * minuteMs; now += minuteMs / 4) {
      domainEvents.push(...(await slow.hit([campaign], 60)), ...(await fast.hit([campaign], 60)));
      domainEvents.push(...(await slow.tick()), ...(await fast.tick()));
    }
    expect(typesOf(domainEvents)).toEqual([CampaignHeated.type]);
    for (; now < start + 50 * minuteMs; now += minuteMs)
      domainEvents.push(...(await slow.tick()), ...(await fast.tick()));
    expect(typesOf(domainEvents)).toEqual([CampaignHeated.type, CampaignCooled.type]);
  });

  it('cools nothing by a window that has not ended by every clock', async () => {
    let now = start;
    const [slow, fast] = [pod(() => now), pod(() => now + minuteMs)];
    const campaign = newCampaign();
    await slow.hit([campaign], 100);
    now = start + 19.5 * minuteMs;
    await slow.hit([campaign], 40);
    expect(await fast.tick()).toEqual([]);
    await slow.hit([campaign], 20);
    for (; now < start + 32 * minuteMs; now += minuteMs) expect(await fast.tick()).toEqual([]);
  });

  it('publishes a change later whose pod died before it could, under the same id', async () => {
    let now = start;
    const dying = pod(() => now, { dies: true });
    const { tick } = pod(() => now);
    const campaign = newCampaign();
    const [heated] = await dying.hit([campaign], 100);
    expect(heated).toBeDefined();
    expect(await tick()).toEqual([]);
    now += minuteMs;
    expect(await tick()).toEqual([heated]);
    expect(await tick()).toEqual([]);
    now = start + 24 * minuteMs;
    const [cooled] = await dying.tick();
    now += minuteMs;
    expect(await tick()).toEqual([cooled]);
  });

  it('heats campaigns again when Redis loses the hot set, with the same event in the same window', async () => {
    let now = start;
    const { hit, tick } = pod(() => now);
    const campaign = newCampaign();
    const [first] = await hit([campaign], 100);
    await redis.unlink(hotSetKey('default'));
    const [again] = await hit([campaign], 1);
    expect(again?.id).toBe(first?.id);

    await redis.flushdb();
    now += 10 * minuteMs;
    expect(await tick()).toEqual([]);
    expect(await hit([campaign], 99)).toEqual([]);
    const [later] = await hit([campaign], 1);
    expect(later?.type).toBe(CampaignHeated.type);
    expect(later?.id).not.toBe(first?.id);
  });

  it('acknowledges hits that it cannot count while Redis is unavailable', async () => {
    const connection = connectRedis('redis://127.0.0.1:1');
    onTestFinished(() => connection.disconnect());
    const away = pod(() => start, { connection });
    expect(await away.hit([newCampaign(), newCampaign()], 5)).toEqual([]);
    expect(await metric('guerdon_campaign_hits_total', { heat: 'uncounted' })).toBe(10);
    await expect(away.tick()).rejects.toThrow('Redis');
  });

  it('limits the hot campaigns of a tenant without affecting other tenants', async () => {
    const { hit } = pod(() => start, { hotMax: 3 });
    const many = Array.from({ length: 50 }, newCampaign);
    const domainEvents = await hit(many, 100, 'hostile');
    expect(domainEvents).toHaveLength(3);
    expect(await redis.zcard(hotSetKey('hostile'))).toBe(3);
    expect(await metric('guerdon_hot_campaigns_refused_total')).toBe(47);
    expect(typesOf(await hit([newCampaign()], 100))).toEqual([CampaignHeated.type]);
  });
});

describe('a window that ended', () => {
  it('is compared with exact counts once, and reported where its sketch was too narrow', async () => {
    let now = start;
    const pods = [pod(() => now), pod(() => now)] as const;
    const [{ hit }] = pods;
    const hot = newCampaign();
    const cold = Array.from({ length: 2_000 }, newCampaign);
    await hit([hot], 150);
    // 80,000 hits in all: 294 in each counter on average, more than the threshold.
    for (const some of slices(cold, 100)) await hit(some, 40);
    now += 14 * minuteMs;
    await Promise.all(pods.map(({ tick }) => tick()));
    const sample = (outcome: string) => metric('guerdon_sketch_samples_total', { outcome });
    expect(await sample('hot')).toBe(1);
    expect((await sample('cold')) + (await sample('false-positive'))).toBe(999);
    expect(await sample('false-positive')).toBeGreaterThan(900);
    expect(await metric('guerdon_sketch_indistinct_windows_total')).toBe(1);
    const lines = pods.flatMap(({ logged }) => logged.map((line) => JSON.parse(line) as object));
    expect(lines).toMatchObject([
      { tenantId: 'default', hits: 80_150, width: 272, widthNeeded: 32_768 },
    ]);
  });

  it('is compared window by window where two of them make a campaign hot', async () => {
    let now = start;
    const { hit, tick } = pod(() => now, { windows: 2 });
    const campaign = newCampaign();
    await hit([campaign], 80);
    now = start + 10 * minuteMs;
    expect(typesOf(await hit([campaign], 80))).toEqual([CampaignHeated.type]);
    now = start + 24 * minuteMs;
    await tick();
    const samples = (outcome: string) => metric('guerdon_sketch_samples_total', { outcome });
    expect([await samples('cold'), await samples('false-positive')]).toEqual([1, 0]);
  });
});

describe('a threshold', () => {
  it('beyond the range of a counter, which no campaign would reach, is refused', () => {
    const { HOT_THRESHOLD } = shape;
    expect(HOT_THRESHOLD.parse('65535')).toBe(65_535);
    expect(() => HOT_THRESHOLD.parse('65536')).toThrow('65535');
  });
});

describe('hits', () => {
  it('are counted of the share of tenants that takes part, and of the same ones as it grows', async () => {
    const tenants = Array.from({ length: 1_000 }, (_, number) => `t-${number}`);
    const share = (percent: number) => tenants.filter((tenant) => isInShare(tenant, percent));
    expect([share(0), share(100)]).toEqual([[], tenants]);
    expect(Math.abs(share(20).length - 200)).toBeLessThan(50);
    expect(share(20).filter((tenant) => !share(40).includes(tenant))).toEqual([]);
    const [out = ''] = tenants.filter((tenant) => !isInShare(tenant, 20));
    const { hit } = pod(() => start, { isCounted: (tenant) => isInShare(tenant, 20) });
    const campaign = newCampaign();
    expect(await hit([campaign], 200, out)).toEqual([]);
    expect(await redis.exists(sketchKey(out, 3_000_000, geometry))).toBe(0);
    expect(typesOf(await hit([campaign], 200, share(20)[0]))).toEqual([CampaignHeated.type]);
  });
});
