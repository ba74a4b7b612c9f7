import { describe, expect, it } from 'vitest';
import type { QuestRule } from '#shared/domain/campaigns/campaign.ts';
import { incentiveIdOf, questIncentiveIdOf } from './domain-event.ts';

const campaign = { tenantId: 'default', campaignId: 'campaign-1' };
const rule: QuestRule = { order: 'any', steps: [{ name: 'walk', action: 'WALK', count: 1 }] };
const first = { userId: 'c-1', rule, time: 1 };

describe('incentiveIdOf', () => {
  it('is of campaign and event, and never changes', () => {
    const id = incentiveIdOf(campaign, { eventId: 'e-1' });
    expect(id).toBe('0ae3d8b8-3d80-5f5d-b783-70ba542feaca');
    expect(incentiveIdOf(campaign, { eventId: 'e-2' })).not.toBe(id);
    expect(incentiveIdOf({ ...campaign, tenantId: 'other' }, { eventId: 'e-1' })).not.toBe(id);
  });
});

describe('questIncentiveIdOf', () => {
  it('is of campaign, user, rule and how often it was done, and never changes', () => {
    const id = questIncentiveIdOf(campaign, first);
    expect(id).toBe('48824bc3-1149-572a-b93b-0905e2dd0fa5');
    const others = [
      questIncentiveIdOf(campaign, { ...first, time: 2 }),
      questIncentiveIdOf(campaign, { ...first, userId: 'c-2' }),
      questIncentiveIdOf(campaign, { ...first, rule: { ...rule, order: 'ordered' } }),
      questIncentiveIdOf({ ...campaign, campaignId: 'campaign-2' }, first),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });
});
