import { assert } from '#shared/domain/assert.ts';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { QuestHit } from '#shared/domain/campaigns/judge-event.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { advanceQuest } from '#shared/domain/quests/advance-quest.ts';
import { foldQuest, type QuestStepEvent } from '#shared/domain/quests/fold-quest.ts';
import { questQualification } from '#shared/eventing/quest-qualification.ts';

/** What an event would make of a quest that it met steps of. */
export type TriedQuest = Readonly<{
  campaignId: string;
  /** How often the quest is done without and with the event. */
  before: number;
  after: number;
  qualified: readonly Qualification[];
}>;

/** Counts an event for a quest as if it came now, given the steps that were recorded. */
export const tryQuest = (
  { campaign, steps: met }: QuestHit,
  { eventId, userId, occurredAt: completedAt }: ActionEvent,
  recorded: readonly QuestStepEvent[],
): TriedQuest => {
  const { campaignId, terms } = campaign;
  assert(terms.type === 'QUEST', 'only quests have steps');
  const before = foldQuest(terms.rule, recorded).completions.length;
  const { completed } = advanceQuest(
    terms.rule,
    { completions: before, counted: before, end: undefined },
    { steps: recorded, after: undefined, arrivals: [{ eventId, completedAt, steps: met }] },
  );
  return {
    campaignId,
    before,
    after: before + completed.length,
    qualified: completed.flatMap(
      (completion) => questQualification(campaign, userId, completion) ?? [],
    ),
  };
};
