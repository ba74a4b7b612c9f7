import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import type { CompiledCampaign } from '#shared/domain/campaigns/compiled-campaign.ts';
import { judgeEvent } from '#shared/domain/campaigns/judge-event.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { admit } from '#shared/domain/limits/admit.ts';
import type { RefusedCap } from '#shared/domain/limits/caps.ts';
import { type ClaimTerms, claimOf } from '#shared/domain/limits/claim-of.ts';
import { count } from '#shared/domain/limits/count.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import { foldQuest, type QuestStepEvent } from '#shared/domain/quests/fold-quest.ts';
import { questQualification } from '#shared/eventing/quest-qualification.ts';

/** An event of the past with what is known of its user then. */
export type RecordedAction = Readonly<{
  event: ActionEvent;
  receivedAt: Date;
  cohorts: ReadonlySet<string>;
}>;

/** What a qualification of the past would have come to. */
export type Replayed = Readonly<{
  qualification: Qualification;
  refusedBy: RefusedCap | undefined;
}>;

/** What a campaign would have done. */
export type Backtest = Readonly<{ actions: number; met: number; replayed: readonly Replayed[] }>;

/** What a replay needs beside the actions. */
export type Setting = Readonly<{
  campaign: CompiledCampaign;
  limits: ClaimTerms;
  /** What other campaigns really gave, per subject: it counts against the tenant's caps, whole days at a time. */
  given: (qualifications: readonly Qualification[]) => Promise<ReadonlyMap<string, Usage>>;
}>;

/**
 * Runs a campaign over actions of the past, by the code that runs it live. The actions are taken as they come; what they qualify for is
 * held to the caps in the order in which it was earned. Writes nothing.
 */
export const backtest = async (
  actions: AsyncIterable<RecordedAction>,
  { campaign, limits, given }: Setting,
): Promise<Backtest> => {
  const collected = await collect(actions, campaign);
  const qualifications = [
    ...collected.simple,
    ...questsDone(campaign.campaign, collected.steps),
  ].sort(
    (one, other) =>
      one.qualifiedAt.getTime() - other.qualifiedAt.getTime() ||
      (one.incentiveId < other.incentiveId ? -1 : 1),
  );
  const usages = new Map(await given(qualifications));
  const replayed = qualifications.map((qualification): Replayed => {
    const claim = claimOf(qualification, limits);
    const admission = admit(usages, claim);
    if (admission.kind === 'refused') {
      const { kind: _kind, ...refusedBy } = admission;
      return { qualification, refusedBy };
    }
    for (const [subject, usage] of count(usages, claim)) usages.set(subject, usage);
    return { qualification, refusedBy: undefined };
  });
  return { actions: collected.actions, met: collected.met, replayed };
};

type Collected = {
  actions: number;
  met: number;
  readonly simple: Qualification[];
  readonly steps: (QuestStepEvent & { userId: string })[];
};

const collect = async (
  actions: AsyncIterable<RecordedAction>,
  campaign: CompiledCampaign,
): Promise<Collected> => {
  const collected: Collected = { actions: 0, met: 0, simple: [], steps: [] };
  for await (const { event, receivedAt, cohorts } of actions) {
    const { qualified, steps } = judgeEvent([campaign], event, {
      now: receivedAt,
      cohorts,
      incentiveIdOf: (_, { eventId }) => eventId,
    });
    collected.actions += 1;
    collected.met += qualified.length + steps.length > 0 ? 1 : 0;
    collected.simple.push(...qualified);
    for (const step of steps.flatMap((hit) => hit.steps)) {
      const { eventId, userId, occurredAt: completedAt } = event;
      collected.steps.push({ eventId, step, completedAt, userId });
    }
  }
  return collected;
};

const questsDone = (campaign: Campaign, steps: Collected['steps']): readonly Qualification[] => {
  const { terms } = campaign;
  if (terms.type !== 'QUEST') return [];
  return [...Map.groupBy(steps, ({ userId }) => userId)].flatMap(([userId, own]) =>
    foldQuest(terms.rule, own).completions.flatMap(
      (completion, index) =>
        questQualification(campaign, userId, { number: index + 1, completion }) ?? [],
    ),
  );
};
