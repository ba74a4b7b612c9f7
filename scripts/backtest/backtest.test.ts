import { describe, expect, it } from 'vitest';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import {
  actionEvent,
  activeCampaign,
  questTerms,
  simpleTerms,
} from '#shared/testing/worlds/campaigns.ts';
import { backtest, type RecordedAction, type Replay } from './backtest.ts';
import { reportOf } from './report.ts';

const open = { timeZone: 'UTC', tenant: { GLOBAL: {}, USER: {} } };
const replay = (terms: CampaignTerms, campaignId: string): Replay => ({
  campaign: {
    campaign: activeCampaign(terms, campaignId),
    conditions: [() => ({ holds: true, clauses: [] })],
  },
  limits: { ...open, campaign: terms.limits },
});
const stacking = { group: 'g', policy: 'first' } as const;

/** As many purchases as events of a day. */
async function* purchases(count: number): AsyncGenerator<RecordedAction> {
  for (let hour = 0; hour < count; hour += 1) {
    const receivedAt = new Date(Date.UTC(2026, 10, 21, hour));
    const event = actionEvent({ eventId: `e-${hour}`, occurredAt: receivedAt });
    yield await Promise.resolve({ event, receivedAt, cohorts: new Set<string>() });
  }
}
const run = async (own: Replay, rivals: readonly Replay[] = []) =>
  reportOf(
    await backtest(purchases(5), { ...own, rivals, given: () => Promise.resolve(new Map()) }),
  );

describe('backtest', () => {
  it('gives nothing where another campaign of the group is rewarded instead, as in production', async () => {
    const own = replay(simpleTerms({ stacking, priority: 2 }), 'own');
    const rival = replay(simpleTerms({ stacking, priority: 1 }), 'rival');
    expect(await run(own)).toMatchObject({ given: 5, outranked: 0 });
    expect(await run(own, [rival])).toMatchObject({
      ...{ actions: 5, met: 5, given: 0, cost: {}, outranked: 5 },
    });
    expect(await run(rival, [own])).toMatchObject({ given: 5, outranked: 0 });
  });

  it('gives what its caps allow where those of the campaigns before it in the group are reached', async () => {
    const own = replay(simpleTerms({ stacking, priority: 2, limits: { budget: 50 } }), 'own');
    const limits = { overall: { maxTotal: 3 } };
    const rival = replay(simpleTerms({ stacking, priority: 1, limits }), 'rival');
    expect(await run(own, [rival])).toMatchObject({
      ...{ qualified: 2, given: 1, cost: { POINTS: 50 }, outranked: 3 },
      refusals: { 'CAMPAIGN total POINTS': 1 },
    });
  });

  it('gives coupons without a pool, and counts quests', async () => {
    const coupons = simpleTerms({ reward: { type: 'COUPON', pool: 'none' } });
    expect(await run(replay(coupons, 'own'))).toMatchObject({ given: 5, cost: { coupons: 5 } });
    const step = { name: 'buy', action: 'PURCHASE', count: 2 };
    const quest = questTerms({ order: 'any', steps: [step] });
    expect(await run(replay(quest, 'own'))).toMatchObject({ met: 5, given: 2 });
  });
});
