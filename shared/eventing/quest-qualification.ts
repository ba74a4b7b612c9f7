import { assert } from '#shared/domain/assert.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import { resolveReward } from '#shared/domain/campaigns/match-event.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { NewCompletion } from '#shared/domain/quests/advance-quest.ts';
import { questIncentiveIdOf } from './domain-event.ts';

/**
 * What a user qualifies for with the nth completion of a quest; undefined if it gives nothing. The
 * same input always gives the same result.
 */
export const questQualification = (
  campaign: Campaign,
  userId: string,
  { number, completion }: Pick<NewCompletion, 'number' | 'completion'>,
): Qualification | undefined => {
  const { tenantId, campaignId, terms, version } = campaign;
  assert(terms.type === 'QUEST', 'only quests are completed');
  const { endedAt, lastEventId } = completion;
  // A quest gives a fixed amount, so the payload of the event is not needed.
  const reward = resolveReward(terms.reward, { occurredAt: endedAt, payload: {} });
  if (reward === undefined) return undefined;
  return {
    incentiveId: questIncentiveIdOf(campaign, { userId, rule: terms.rule, time: number }),
    ...{ tenantId, userId, campaignId, reward },
    campaignVersion: version,
    eventId: lastEventId,
    qualifiedAt: endedAt,
  };
};
