import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Usage } from '#shared/domain/limits/usage.ts';
import { runs } from '#shared/testing/runs.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { limitPrefix } from '../driver/keys.ts';
import { limitCounters } from './limit-counters.ts';

const redis = await testRedisClient();
const counters = limitCounters(redis);
beforeEach(() => redis.flushdb());

const tenantId = 't1';
/** A version has one content, and a newer one not always more. */
const usageOf = (version: number): Usage => {
  const tally = { count: version % 7, amounts: { POINTS: (version % 5) * 50 } };
  return { version, total: tally, days: { '2028-02-29': tally } };
};

describe('counters of limits', () => {
  it('end at the newest version, in whatever order they are written', async () => {
    const subjects = ['tenant', 'user:u-1', 'campaign:c-1'];
    const anyWrite = fc.array(fc.tuple(fc.constantFrom(...subjects), fc.nat(10 ** 6)), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyWrite, { maxLength: 9 }), async (writes) => {
        await redis.flushdb();
        const newest = new Map<string, Usage>();
        const calls = writes.map((own) => {
          const usages = new Map(own.map(([subject, version]) => [subject, usageOf(version)]));
          for (const [subject, usage] of usages)
            if (usage.version > (newest.get(subject)?.version ?? -1)) newest.set(subject, usage);
          return counters.write(tenantId, usages);
        });
        await Promise.all(calls);
        expect(await counters.read(tenantId, subjects)).toEqual(newest);
      }),
      { numRuns: runs(25) },
    );
  });

  it('are written and read in any number, each tenant its own', async () => {
    const many = Array.from({ length: 600 }, (_, number) => `user:u-${number}`);
    const usages = new Map(many.map((subject, number) => [subject, usageOf(number)]));
    await counters.write(tenantId, usages);
    expect(await counters.read(tenantId, many)).toEqual(usages);
    expect(await counters.read('t2', many)).toEqual(new Map());
    expect(await counters.read(tenantId, [])).toEqual(new Map());
    await counters.write(tenantId, new Map());
  });

  it('expire a while after they were last written', async () => {
    const brief = limitCounters(redis, { keptMs: 10_000 });
    await brief.write(tenantId, new Map([['tenant', usageOf(1)]]));
    const left = await redis.pttl(`${limitPrefix(tenantId)}tenant`);
    expect([left > 0, left <= 10_000]).toEqual([true, true]);
  });
});
