import { assert } from '#shared/domain/assert.ts';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { Entitlement } from '#shared/domain/campaigns/qualification.ts';
import type { QuestHit } from '#shared/domain/campaigns/verdict-of.ts';
import { advanceQuest, type QuestHistory } from '#shared/domain/quests/advance-quest.ts';
import { foldQuest } from '#shared/domain/quests/fold-quest.ts';
import { questBeginning } from '#shared/domain/quests/quest-checkpoint.ts';
import { questQualification } from '#shared/eventing/quest-qualification.ts';

/** What an event would make of a quest that it met steps of. */
export type TriedQuest = Readonly<{
  campaignId: string;
  /** How often the quest is done without and with the event. */
  before: number;
  after: number;
  entitlements: readonly Entitlement[];
}>;

/** Counts an event for a quest as if it came now, given what is recorded from before it on; nothing where the user has not begun. */
export const tryQuest = (
  { campaign, steps: met }: QuestHit,
  { eventId, userId, occurredAt: completedAt }: ActionEvent,
  { from, steps }: QuestHistory = { from: questBeginning, steps: [] },
): TriedQuest => {
  const { campaignId, terms } = campaign;
  assert(terms.type === 'QUEST', 'only quests have steps');
  const { head } = foldQuest(terms.rule, steps, { from });
  const before = head.completions;
  const { completed } = advanceQuest(
    terms.rule,
    { completions: before, counted: before, head },
    { from, steps, arrivals: [{ eventId, completedAt, steps: met }] },
  );
  return {
    campaignId,
    before,
    after: before + completed.length,
    entitlements: completed.flatMap((completion) => {
      const qualification = questQualification(campaign, userId, completion);
      return qualification === undefined
        ? []
        : [{ priority: terms.priority, choices: [qualification] }];
    }),
  };
};
