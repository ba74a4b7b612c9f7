import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CountMinSketch } from '#shared/domain/sketch/count-min-sketch.ts';
import { runs } from '#shared/testing/runs.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { hotSetKey, sampleKey, sketchKey } from '../driver/keys.ts';
import { hitSketch } from './hit-sketch.ts';
import { columnsOf } from './sketch-columns.ts';

const redis = await testRedisClient();
beforeEach(() => redis.flushdb());

const geometry = { width: 7, depth: 3 };
const now = new Date('2026-11-21T10:00:00Z');
const tenants = ['t1', 't2'];
const buckets = [0, 1, 2];
const campaigns = Array.from({ length: 20 }, (_, number) => `c-${number}`);

describe('sketches', () => {
  it('count as their twin does, each tenant and window apart, over one window or two', async () => {
    const anyHits = fc.dictionary(
      fc.constantFrom(...campaigns),
      fc.oneof(fc.nat(1_000), fc.constant(4_000_000_000)),
      { noNullPrototype: true },
    );
    const anyBatch = fc.tuple(fc.constantFrom(...tenants), fc.constantFrom(...buckets), anyHits);
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBatch, { maxLength: 9 }),
        fc.constantFrom(1, 2),
        async (batches, windows) => {
          await redis.flushdb();
          const sketch = hitSketch(redis, { geometry, keptMs: 60_000, windows });
          const twins = new Map<string, CountMinSketch>();
          const twin = (tenantId: string, bucket: number) => {
            const name = `${tenantId} ${bucket}`;
            const found = twins.get(name) ?? new CountMinSketch(geometry);
            twins.set(name, found);
            return found;
          };
          const expected = (tenantId: string, bucket: number, campaignId: string) =>
            Array.from({ length: windows }, (_, back) =>
              twin(tenantId, bucket - back).estimate(columnsOf(geometry, campaignId)),
            ).reduce((sum, own) => sum + own, 0);
          for (const [tenantId, bucket, own] of batches) {
            const hits = new Map(Object.entries(own));
            const loads = await sketch.add(bucket, [{ tenantId, hits }], now);
            for (const [campaignId, added] of hits)
              twin(tenantId, bucket).add(columnsOf(geometry, campaignId), added);
            expect(loads.map((load) => load.added)).toEqual([...hits.values()]);
          }
          for (const tenantId of tenants)
            for (const bucket of buckets)
              expect(await sketch.estimates({ tenantId, bucket }, campaigns)).toEqual(
                campaigns.map((campaignId) => expected(tenantId, bucket, campaignId)),
              );
        },
      ),
      { numRuns: runs(20) },
    );
  });

  it('count a batch of any size in one round trip, with one command per tenant and 250 campaigns', async () => {
    const sketch = hitSketch(redis, { geometry, keptMs: 60_000, windows: 2, sampleOneIn: 1 });
    const batch = (count: number) => {
      const ids = Array.from({ length: count }, (_, number) => `c-${number}`);
      return tenants.map((tenantId) => ({ tenantId, hits: new Map(ids.map((id) => [id, 1])) }));
    };
    await sketch.add(1, batch(1), now);
    const commands = vi.spyOn(redis, 'sendCommand');
    onTestFinished(() => commands.mockRestore());
    const added = sketch.add(1, batch(250), now);
    // Nothing waits for an answer before it is sent.
    const sentAtOnce = commands.mock.calls.map(([{ name }]) => name);
    await added;
    expect(commands).toHaveBeenCalledTimes(sentAtOnce.length);
    // One adds to this window, and one reads that before it.
    expect(sentAtOnce.filter((name) => /^bitfield$/i.test(name))).toHaveLength(2 * tenants.length);
  });

  it('count a share of the campaigns exactly, for one reader of the sample', async () => {
    const sketch = hitSketch(redis, { geometry, keptMs: 60_000, sampleOneIn: 1 });
    const hits = new Map(campaigns.map((campaignId, number) => [campaignId, number + 1]));
    await sketch.add(1, [{ tenantId: 't1', hits }], now);
    await sketch.add(1, [{ tenantId: 't1', hits }], now);
    expect(await sketch.tenantsSince(now)).toEqual(['t1']);
    expect(await sketch.tenantsSince(new Date(now.getTime() + 1))).toEqual([]);
    const taken = await Promise.all([sketch.takeSample('t1', 1), sketch.takeSample('t1', 1)]);
    expect(taken.filter((sample) => sample !== undefined)).toEqual([
      {
        total: 420,
        campaigns: new Map(campaigns.map((campaignId, number) => [campaignId, 2 * (number + 1)])),
      },
    ]);
    expect(await sketch.takeSample('t1', 2)).toBeUndefined();
  });

  it('take the same memory however many campaigns a tenant has', async () => {
    const sketch = hitSketch(redis, {
      geometry: { width: 272, depth: 5 },
      keptMs: 60_000,
      sampleOneIn: 1,
    });
    // A million, CAMPAIGNS=1000000, takes half a minute.
    const count = Number(process.env['CAMPAIGNS'] ?? 20_000);
    for (let first = 0; first < count; first += 5_000) {
      const ids = Array.from({ length: 5_000 }, (_, number) => `campaign-${first + number}`);
      await sketch.add(1, [{ tenantId: 't1', hits: new Map(ids.map((id) => [id, 1])) }], now);
    }
    const keys = [sketchKey('t1', 1, { width: 272, depth: 5 }), sampleKey('t1', 1)];
    const [counters, sample] = await Promise.all(keys.map((key) => redis.memory('USAGE', key)));
    expect(counters).toBeLessThan(10_000);
    expect(sample).toBeLessThan(200_000);
    expect(await redis.hlen(sampleKey('t1', 1))).toBe(1_001);
    expect(await redis.hget(sampleKey('t1', 1), 'total')).toBe(String(count));
    expect((await redis.keys('*')).length).toBe(3);
  });

  it('read the hot set of a busy tenant only now and then', async () => {
    const refreshMs = 3_600_000;
    const sketch = hitSketch(redis, { geometry, keptMs: 60_000, refreshMs });
    const reads = vi.spyOn(redis, 'zrange');
    const hits = new Map([['c-1', 1]]);
    const add = () => sketch.add(1, [{ tenantId: 't2', hits }], now);
    const loads = [await add()];
    await redis.zadd(hotSetKey('t2'), 1, 'c-1');
    loads.push(await add());
    expect(reads).toHaveBeenCalledTimes(1);
    reads.mockRestore();
    expect(loads.flat()).toMatchObject([
      { hits: 1, isHot: false },
      { hits: 2, isHot: false },
    ]);
    const after = (ms: number) => new Date(now.getTime() + refreshMs + ms);
    expect(await sketch.tenantsSince(after(0))).toEqual(['t2']);
    expect(await sketch.tenantsSince(after(1))).toEqual([]);
  });

  it('expire a while after their last hit', async () => {
    const sketch = hitSketch(redis, { geometry, keptMs: 10_000 });
    await sketch.add(1, [{ tenantId: 't1', hits: new Map([['c-1', 1]]) }], now);
    for (const key of [sketchKey('t1', 1, geometry), sampleKey('t1', 1)]) {
      const left = await redis.pttl(key);
      expect([left > 0, left <= 10_000]).toEqual([true, true]);
    }
  });
});
