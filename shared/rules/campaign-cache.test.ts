import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import { campaignCache } from './campaign-cache.ts';

afterEach(() => {
  vi.useRealTimers();
});

const campaign = (version: number, action = 'PURCHASE'): Campaign => ({
  tenantId: 'acme',
  campaignId: 'a',
  version,
  status: 'ACTIVE',
  terms: {
    name: 'A',
    type: 'SIMPLE',
    startAt: new Date(0),
    endAt: new Date(1),
    priority: 0,
    rule: { action, when: { name: 'true', when: 'true' } },
    reward: { type: 'POINTS', program: 'points', amount: { kind: 'fixed', amount: 1 } },
    limits: {},
    lateness: { afterSeconds: 60, policy: 'count' },
  },
});

/** A cache over one tenant whose campaigns change by hand, and who is told of it by hand. */
const world = () => {
  const state = {
    campaigns: [campaign(1)] as readonly Campaign[],
    generation: 0,
    isListening: true,
    loads: 0,
    exists: true,
  };
  const cache = campaignCache({
    load: (tenantId) => {
      state.loads += 1;
      const { campaigns } = state;
      const loaded = { tenant: { tenantId, timeZone: 'UTC' }, campaigns, schemas: new Map() };
      return Promise.resolve(state.exists ? loaded : undefined);
    },
    notices: { generation: () => String(state.generation), isListening: () => state.isListening },
  });
  const versions = async (action = 'PURCHASE') =>
    (await cache.of('acme'))?.askingFor(action).map((compiled) => compiled.campaign.version);
  return { state, cache, versions };
};

describe('campaignCache', () => {
  it('reads once for all who ask together, and finds campaigns by action', async () => {
    const { state, versions } = world();
    expect(await Promise.all([versions(), versions(), versions('LOGIN')])).toEqual([[1], [1], []]);
    expect(state.loads).toBe(1);
  });

  it('never gives what was read before a notice, also when the notice came during the read', async () => {
    const { state, versions } = world();
    const overtaken = versions();
    state.campaigns = [campaign(2)];
    state.generation += 1;
    expect(await overtaken).toEqual([1]);
    expect(await versions()).toEqual([2]);
  });

  it.each([
    ['half a minute while notices arrive', true, true, 30_000],
    ['a second while they do not', false, true, 1_000],
    ['a second where there is no such tenant', true, false, 1_000],
  ])('reads again after %s', async (_what, isListening, exists, ms) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    let now = 1_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    const wait = (waitMs: number) => {
      now += waitMs;
      vi.advanceTimersByTime(waitMs);
    };
    const { state, cache } = world();
    Object.assign(state, { isListening, exists });
    await cache.of('acme');
    wait(ms - 100);
    await cache.of('acme');
    expect(state.loads).toBe(1);
    wait(200);
    await cache.of('acme');
    expect(state.loads).toBe(2);
  });

  it('compiles a version once, and another version anew', async () => {
    const { state, cache } = world();
    const read = async () => {
      state.generation += 1;
      return (await cache.of('acme'))?.askingFor('PURCHASE')[0]?.conditions;
    };
    const first = await read();
    expect(await read()).toBe(first);
    state.campaigns = [campaign(2)];
    expect(await read()).not.toBe(first);
  });

  it('keeps nothing of a read that failed', async () => {
    let fails = true;
    const cache = campaignCache({
      load: (tenantId) =>
        fails
          ? Promise.reject(new Error('away'))
          : Promise.resolve({
              tenant: { tenantId, timeZone: 'UTC' },
              campaigns: [],
              schemas: new Map(),
            }),
      notices: { generation: () => '', isListening: () => true },
    });
    await expect(cache.of('acme')).rejects.toThrow('away');
    fails = false;
    expect(await cache.of('acme')).toBeDefined();
  });
});
