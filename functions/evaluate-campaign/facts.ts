import type { DecisionOutcome } from '#shared/domain/campaigns/decision.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { CampaignHit, CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import { questQualification } from '#shared/eventing/quest-qualification.ts';
import type {
  Consequences,
  JudgedEvent,
  RecordedEvent,
} from '#shared/stores/postgres/events/record-events.ts';
import type { LostIncentive, Reversal } from '#shared/stores/postgres/events/reverse-event.ts';

/** What becomes of an event whose clauses hold. */
const hits: ReadonlySet<DecisionOutcome> = new Set([
  'qualified',
  'progressed',
  'excluded',
  'nothing-to-give',
]);

/**
 * What to say of an event that met the clauses of campaigns; nothing of others. The same record
 * always gives the same fact.
 */
export const hitFacts = ({ event, decisions }: RecordedEvent): readonly Fact[] => {
  const { tenantId, userId, eventId, action, occurredAt } = event;
  const campaignIds = decisions
    .filter(({ outcome }) => hits.has(outcome))
    .map(({ campaignId }) => campaignId);
  if (campaignIds.length === 0) return [];
  return [
    factOf(CampaignHit, {
      cause: [tenantId, eventId],
      partitionKey: userId,
      time: occurredAt,
      data: {
        ...{ tenantId, userId, eventId, action, campaignIds },
        occurredAt: occurredAt.toISOString(),
      },
    }),
  ];
};

/**
 * What to publish of what an event entitles to, all of it in one fact, so that it is decided
 * together. The same record always gives the same fact.
 */
export const qualifiedFacts = ({
  event: { tenantId, userId, eventId, occurredAt },
  entitlements,
  correlation,
}: Pick<JudgedEvent, 'event' | 'entitlements' | 'correlation'>): readonly Fact[] => {
  if (entitlements.length === 0) return [];
  // An event that comes late can complete a quest with steps after it. check-limit accepts nothing
  // that is dated after its event.
  const dates = entitlements.flatMap(({ choices }) => choices.map((choice) => choice.qualifiedAt));
  return [
    factOf(CampaignQualified, {
      cause: [tenantId, eventId],
      partitionKey: userId,
      time: latest([occurredAt, ...dates]),
      data: {
        ...{ tenantId, userId, eventId },
        entitlements: entitlements.map(({ priority, choices }) => ({
          priority,
          choices: choices.map(toChoice),
        })),
      },
      correlation,
    }),
  ];
};

const latest = (dates: readonly Date[]): Date =>
  new Date(Math.max(...dates.map((date) => date.getTime())));

const toChoice = ({
  tenantId: _tenant,
  userId: _user,
  reward,
  qualifiedAt,
  ...ids
}: Qualification) => ({
  ...ids,
  reward: { ...reward, expiresAt: reward.expiresAt?.toISOString() },
  qualifiedAt: qualifiedAt.toISOString(),
});

/** What to say of an incentive that is lost with an event; the same of the same two, always. */
export const lostFact =
  ({ tenantId, eventId, reversedAt, correlation }: Reversal) =>
  (incentive: LostIncentive): Fact =>
    factOf(IncentiveReversalRequested, {
      cause: [tenantId, incentive.incentiveId, eventId],
      partitionKey: incentive.userId,
      time: reversedAt,
      data: {
        incentiveId: incentive.incentiveId,
        tenantId,
        userId: incentive.userId,
        campaignId: incentive.campaignId,
        campaignVersion: incentive.campaignVersion,
        eventId: incentive.eventId,
        reason: `event ${eventId} was taken back`,
        requestedBy: `event ${eventId}`,
        requestedAt: reversedAt.toISOString(),
      },
      correlation,
    });

/** What follows from a completed quest, and what is published of what an event entitles to. */
export const consequences: Consequences = {
  factsOf: qualifiedFacts,
  qualificationOf: ({ userId }, { campaign }, completion) =>
    questQualification(campaign, userId, completion),
};
