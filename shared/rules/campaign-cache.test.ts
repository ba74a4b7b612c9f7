import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Campaign, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import {
  actionCharactersMax,
  actionCostMax,
  campaignsPerActionMax,
} from '#shared/domain/campaigns/campaign-load.ts';
import { purchaseSchema, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { bytesOf } from './campaign-bytes.ts';
import {
  campaignBytesMax,
  campaignCache,
  shareOfTenant,
  shareOfTenants,
} from './campaign-cache.ts';
import { clauseCosts } from './clauses/clause-costs.ts';

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

/** A cache over tenants whose campaigns the test changes, and of which it notifies the cache. */
const world = (bytesMax?: number) => {
  const state = {
    campaigns: [campaign(1)] as readonly Campaign[],
    revision: 1,
    generation: 0,
    isListening: true,
    reads: 0,
    loads: [] as string[],
    exists: true,
  };
  const cache = campaignCache({
    readHead: (tenantId) => {
      state.reads += 1;
      const head = { tenant: { tenantId, timeZone: 'UTC' }, revision: state.revision };
      return Promise.resolve(state.exists ? head : undefined);
    },
    load: (tenantId, action) => {
      state.loads.push(`${tenantId} ${action}`);
      const { campaigns, revision } = state;
      const asking = campaigns.filter(({ terms }) =>
        stepsOf(terms).some((step) => step.action === action),
      );
      return Promise.resolve({ revision, campaigns: asking, schemas: new Map() });
    },
    notices: { generation: () => String(state.generation), isListening: () => state.isListening },
    ...(bytesMax !== undefined && { bytesMax }),
  });
  const versions = async (action = 'PURCHASE') =>
    (await cache.of('acme', action))?.campaigns.campaigns.map(
      (compiled) => compiled.campaign.version,
    );
  return { state, cache, versions };
};

describe('campaignCache', () => {
  it('reads once for all who ask together, and only what asks for the action', async () => {
    const { state, versions } = world();
    expect(await Promise.all([versions(), versions(), versions('LOGIN')])).toEqual([[1], [1], []]);
    expect(state.reads).toBe(1);
    expect(state.loads).toEqual(['acme PURCHASE', 'acme LOGIN']);
  });

  it('never gives what was read before a notice, also when the notice came during the read', async () => {
    const { state, versions } = world();
    const overtaken = versions();
    state.campaigns = [campaign(2)];
    state.revision += 1;
    state.generation += 1;
    await overtaken;
    expect(await versions()).toEqual([2]);
  });

  it.each([
    ['half a minute while notices arrive', true, true, 30_000],
    ['a second while they do not', false, true, 1_000],
    ['a second where there is no such tenant', true, false, 1_000],
  ])('looks for another revision after %s', async (_what, isListening, exists, ms) => {
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
    await cache.of('acme', 'PURCHASE');
    wait(ms - 100);
    await cache.of('acme', 'PURCHASE');
    expect(state.reads).toBe(1);
    wait(200);
    await cache.of('acme', 'PURCHASE');
    expect(state.reads).toBe(2);
  });

  it('reads campaigns again when the revision has changed and not otherwise', async () => {
    const { state, cache, versions } = world();
    const read = async () => {
      state.generation += 1;
      return (await cache.of('acme', 'PURCHASE'))?.campaigns.campaigns[0];
    };
    const first = await read();
    expect(await read()).toBe(first);
    expect(await read()).toBe(first);
    expect(state.loads).toHaveLength(1);
    state.campaigns = [campaign(2)];
    state.revision += 1;
    state.generation += 1;
    expect(await versions()).toEqual([2]);
    expect(state.loads).toHaveLength(2);
  });

  it('compiles a campaign again when it has changed and not when another one has', async () => {
    const { state, cache } = world();
    const other = { ...campaign(1), campaignId: 'b' };
    const compiled = async () => {
      state.generation += 1;
      return (await cache.of('acme', 'PURCHASE'))?.campaigns.campaigns;
    };
    state.campaigns = [campaign(1), other];
    const [before, otherBefore] = (await compiled()) ?? [];
    state.campaigns = [campaign(2), { ...other }];
    state.revision += 1;
    const [after, otherAfter] = (await compiled()) ?? [];
    expect(after).not.toBe(before);
    expect(otherAfter).toBe(otherBefore);
  });

  it('keeps nothing of a read that failed', async () => {
    let fails = true;
    const orFail = <Value>(value: Value) =>
      fails ? Promise.reject(new Error('unavailable')) : Promise.resolve(value);
    const cache = campaignCache({
      readHead: () => Promise.resolve({ tenant: { timeZone: 'UTC' }, revision: 1 }),
      load: () => orFail({ revision: 1, campaigns: [], schemas: new Map() }),
      notices: { generation: () => '', isListening: () => true },
    });
    await expect(cache.of('acme', 'PURCHASE')).rejects.toThrow('unavailable');
    fails = false;
    expect(await cache.of('acme', 'PURCHASE')).toBeDefined();
  });

  it('gives a tenant that uses more than its share no memory of the others', async () => {
    const one = bytesOf([campaign(1)], undefined);
    const { state, cache } = world(16 * one);
    const others = Array.from({ length: 8 }, (_tenant, index) => `tenant-${index}`);
    for (const tenant of others) await cache.of(tenant, 'PURCHASE');
    state.loads.length = 0;
    const actions = Array.from({ length: 50 }, (_action, index) => `ACTION_${index}`);
    state.campaigns = actions.map((action) => campaign(1, action));
    for (const action of [...actions, ...actions]) await cache.of('greedy', action);
    expect(state.loads.filter((load) => load.startsWith('greedy'))).toHaveLength(100);
    state.loads.length = 0;
    for (const tenant of others) await cache.of(tenant, 'PURCHASE');
    expect(state.loads).toEqual([]);
  });

  it('has room in the share of a tenant for the largest campaigns that may be active for an action', () => {
    // The cheapest expressions take the most memory for what they cost.
    const expression = { name: 'a', when: 'action == "A"' };
    const cheapest = clauseCosts(
      simpleTerms({ rule: { action: 'PURCHASE', when: expression } }),
      new Map([['PURCHASE', purchaseSchema]]),
    );
    const evaluating = clauseCosts(simpleTerms(), new Map())['PURCHASE'] ?? 0;
    const each = (cheapest['PURCHASE'] ?? 0) - evaluating;
    const affordable = (actionCostMax - campaignsPerActionMax * evaluating) / each;
    const all = Array(Math.ceil(affordable / campaignsPerActionMax)).fill(expression);
    const one = {
      ...campaign(1),
      terms: simpleTerms({ rule: { action: 'PURCHASE', when: { all } } }),
    };
    const length = JSON.stringify(one.terms).length;
    const description = 'x'.repeat(
      Math.max(0, actionCharactersMax / campaignsPerActionMax - length),
    );
    const longest = { ...one, terms: { ...one.terms, description } };
    expect(bytesOf(Array(campaignsPerActionMax).fill(longest), purchaseSchema)).toBeLessThan(
      campaignBytesMax * shareOfTenant,
    );
  });
});

describe('shareOfTenants', () => {
  it('never keeps more bytes than it may, in all and of a tenant, however many tenants there are', () => {
    const kept = shareOfTenants<{ bytes: number }>({
      bytesMax: 1_000,
      tenantBytesMax: 250,
      ttlMs: 60_000,
    });
    const used: [tenant: string, action: string, bytes: number][] = [];
    const bytesOfKept = (tenantId?: string) =>
      used
        .filter(([tenant]) => tenantId === undefined || tenant === tenantId)
        .reduce((sum, [tenant, action]) => sum + (kept.get(tenant, action)?.bytes ?? 0), 0);
    for (let index = 0; index < 300; index += 1) {
      const tenant = `tenant-${index % 3 === 0 ? 0 : index}`;
      const bytes = 10 + ((index * 37) % 90);
      kept.set(tenant, `A${index}`, { bytes });
      used.push([tenant, `A${index}`, bytes]);
    }
    expect(bytesOfKept()).toBeLessThanOrEqual(1_000);
    expect(bytesOfKept()).toBeGreaterThan(700);
    expect(bytesOfKept('tenant-0')).toBeLessThanOrEqual(250);
  });

  it('drops what a tenant used longest ago, and replaces what is set again', () => {
    const kept = shareOfTenants<{ bytes: number }>({
      bytesMax: 1_000,
      tenantBytesMax: 200,
      ttlMs: 60_000,
    });
    for (const action of ['A', 'B']) kept.set('acme', action, { bytes: 90 });
    expect(kept.get('acme', 'A')).toBeDefined();
    kept.set('acme', 'C', { bytes: 90 });
    expect(kept.get('acme', 'B')).toBeUndefined();
    expect(kept.get('acme', 'A')).toBeDefined();
    kept.set('acme', 'C', { bytes: 100 });
    expect(kept.get('acme', 'C')).toEqual({ bytes: 100 });
    expect(kept.get('acme', 'A')).toBeDefined();
    kept.set('acme', 'D', { bytes: 201 });
    expect(kept.get('acme', 'D')).toBeUndefined();
  });
});
