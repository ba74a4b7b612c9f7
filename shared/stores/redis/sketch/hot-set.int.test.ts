import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HeatChange } from '#shared/domain/sketch/heat-change.ts';
import { runs } from '#shared/testing/runs.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { hotSetKey } from '../driver/keys.ts';
import { hotSet } from './hot-set.ts';

const redis = await testRedisClient();
beforeEach(() => redis.flushdb());

const change = (changes: Partial<HeatChange> = {}): HeatChange => ({
  kind: 'heated',
  tenantId: 't1',
  campaignId: 'c-1',
  heatedIn: 7,
  hits: 5_000,
  changedAt: new Date('2026-11-21T10:10:00Z'),
  ...changes,
});

/** A hot set in plain maps: the twin of the scripts. */
class HotSetTwin {
  readonly members = new Map<string, number>();
  readonly unpublished = new Map<string, HeatChange>();

  heat(own: HeatChange, max: number): string {
    if (this.members.has(own.campaignId)) return 'hot';
    if (this.members.size >= max) return 'full';
    this.members.set(own.campaignId, own.heatedIn);
    this.unpublished.set(`heated ${own.campaignId} ${own.heatedIn}`, own);
    return 'heated';
  }

  cool(own: HeatChange): boolean {
    if (this.members.get(own.campaignId) !== own.heatedIn) return false;
    this.members.delete(own.campaignId);
    this.unpublished.set(`cooled ${own.campaignId} ${own.heatedIn}`, own);
    return true;
  }

  published(own: readonly HeatChange[]): void {
    for (const { campaignId, heatedIn } of own)
      this.unpublished.delete(`heated ${campaignId} ${heatedIn}`);
  }
}

describe('a hot set', () => {
  it('changes as its twin does under any commands', async () => {
    const campaignId = fc.constantFrom('c-1', 'c-2', 'c-3', 'c-4');
    const anyChanges = fc.uniqueArray(
      fc.record({ campaignId, heatedIn: fc.nat(2), hits: fc.nat() }).map(change),
      { minLength: 1, selector: (own) => own.campaignId },
    );
    const anyCommand = fc.tuple(fc.constantFrom('heat', 'cool', 'published'), anyChanges);
    await fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { maxLength: 20 }), async (commands) => {
        await redis.flushdb();
        const hot = hotSet(redis, { keptMs: 60_000, campaignsMax: 3 });
        const twin = new HotSetTwin();
        for (const [command, own] of commands) {
          if (command === 'heat') {
            const outcomes = own.map((each) => twin.heat(each, 3));
            const having = (wanted: string) =>
              own.filter((_each, index) => outcomes[index] === wanted);
            expect(await hot.heat(own)).toEqual({
              changes: having('heated'),
              refused: having('full'),
            });
          } else if (command === 'cool') {
            const cooling = own.map((each) => ({ ...each, kind: 'cooled' as const }));
            expect(await hot.cool('t1', cooling)).toEqual(
              cooling.filter((each) => twin.cool(each)),
            );
          } else {
            twin.published(own);
            await hot.published(own);
          }
        }
        const members = await hot.members('t1');
        expect(new Map(members.map((each) => [each.campaignId, each.heatedIn]))).toEqual(
          twin.members,
        );
        const unpublished = await hot.unpublished('t1');
        expect(new Set(unpublished)).toEqual(new Set(twin.unpublished.values()));
      }),
      { numRuns: runs(25) },
    );
  });

  it('gives a change to one of several that make it at once, and each tenant its own', async () => {
    const hot = hotSet(redis, { keptMs: 60_000 });
    const own = [change(), change({ tenantId: 't2' })];
    const heated = await Promise.all(Array.from({ length: 8 }, () => hot.heat(own)));
    expect(heated.flatMap(({ changes }) => changes)).toEqual(expect.arrayContaining(own));
    expect(heated.flatMap(({ changes }) => changes)).toHaveLength(2);
    const cooled = await Promise.all(
      Array.from({ length: 8 }, () => hot.cool('t1', [change({ kind: 'cooled' })])),
    );
    expect(cooled.flat()).toHaveLength(1);
    expect(await hot.members('t2')).toEqual([{ campaignId: 'c-1', heatedIn: 7 }]);
  });

  it('lives while it is reviewed, and expires afterwards', async () => {
    const hot = hotSet(redis, { keptMs: 10_000 });
    await hot.heat([change()]);
    await redis.pexpire(hotSetKey('t1'), 500_000);
    await hot.cool('t1', []);
    const left = await redis.pttl(hotSetKey('t1'));
    expect([left > 0, left <= 10_000]).toEqual([true, true]);
  });
});
