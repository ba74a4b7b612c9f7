import { describe, expect, it } from 'vitest';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { incentiveExample } from '#shared/eventing/contracts/reward-fields.ts';
import { lotIdOf } from '#shared/eventing/domain-event.ts';
import { type Delivery, parseData } from '#shared/runtime/events/event-handler.ts';
import { type Qualified, qualifiedRewardsOf } from './qualified-reward.ts';

const qualified = (reward: object) => {
  const event = { id: 'q-1', source: '/test', type: CampaignQualified.type, extensions: {} };
  const { tenantId, userId, eventId, ...ids } = incentiveExample;
  const entitlements = [{ priority: 100, choices: [{ ...ids, eventId, reward }] }];
  const data = { tenantId, userId, eventId, entitlements };
  const delivery = parseData(CampaignQualified, { ...event, data }) as Delivery<Qualified>;
  const made = qualifiedRewardsOf(delivery, new Date(incentiveExample.qualifiedAt));
  return made instanceof InvalidEvent ? made : made[0]![0]!;
};

describe('qualifiedRewardsOf', () => {
  it('names what brought it, and the lot of its date', () => {
    const expiresAt = '2026-12-21T10:15:00Z';
    expect(qualified({ type: 'POINTS', amount: 50, program: 'points', expiresAt })).toMatchObject({
      qualification: { userId: 'c-1007', reward: { amount: 50, currency: 'POINTS' } },
      cause: '/test q-1',
      lotId: lotIdOf(
        { tenantId: 'default', customerId: 'c-1007', program: 'points' },
        new Date(expiresAt),
      ),
    });
  });

  it('puts what never expires into the everlasting lot, and what no program is credited with into none', () => {
    const cashback = { type: 'CASHBACK', amount: 50, currency: 'INR' };
    expect(qualified({ ...cashback, program: 'money' })).toMatchObject({ lotId: everlastingLotId });
    expect(qualified(cashback)).toMatchObject({ lotId: undefined });
  });

  it('keeps of a coupon its pool only', () => {
    const coupon = { type: 'COUPON', amount: 1, pool: 'summer', currency: 'INR', program: 'money' };
    const made = qualified(coupon);
    expect(made).toMatchObject({ lotId: undefined });
    expect('qualification' in made && made.qualification.reward).toEqual({
      ...{ type: 'COUPON', amount: 1, pool: 'summer', expiresAt: undefined },
    });
  });

  it.each([
    ['a pool', { type: 'COUPON', amount: 1 }],
    ['a program', { type: 'POINTS', amount: 1 }],
    ['a currency', { type: 'CASHBACK', amount: 1 }],
  ])('refuses a reward without %s', (what, reward) => {
    const refused = qualified(reward);
    expect(refused).toBeInstanceOf(InvalidEvent);
    expect(refused).toMatchObject({
      code: 'incomplete-reward',
      message: `The reward needs ${what}`,
    });
  });
});
