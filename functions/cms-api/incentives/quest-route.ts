import { z } from 'zod';
import type { QuestRule } from '#shared/domain/campaigns/campaign.ts';
import { foldQuest } from '#shared/domain/quests/fold-quest.ts';
import { ruleKeyOf } from '#shared/eventing/domain-event.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { QuestReader } from '#shared/stores/postgres/events/quest-reader.ts';
import { type QuestKey, questKey } from '#shared/stores/postgres/events/quest-rows.ts';
import type { QuestProgress } from '#shared/stores/redis/quest-cache.ts';
import type { Dependencies } from '../dependencies.ts';
import { campaignNotFound } from '../refusals.ts';
import { questPath } from './document.ts';

const attempt = z.object({
  startedAt: shownInstant.nullable().describe('First event that counts; null if there is none yet'),
  endsBy: shownInstant.nullable().describe('Deadline; null: none'),
  steps: z.array(
    z.object({
      name: z.string(),
      action: z.string(),
      count: z.int().describe('Number of events required'),
      done: z.int().describe('Number of events recorded for this step'),
    }),
  ),
});

const progressFields = {
  userId: z.string(),
  completions: z.int().describe('Number of completions, from the events recorded so far'),
  current: attempt.describe('Current attempt'),
};

const questAnswer = z
  .object({
    campaignId: z.uuid(),
    version: z.int(),
    ...progressFields,
    otherAccounts: z
      .array(z.object(progressFields))
      .describe(
        'Progress of the other accounts of the same customer, each by its own events. At most 20',
      ),
  })
  .meta({ id: 'QuestProgress' });

/** Hardly any customer has more; the others are left out, by their ids. */
const otherAccountsMax = 20;

/** GET …/users/{userId}/quests/{campaignId}: how far a user is in a quest, by its current rule. */
export const getQuest = ({
  campaigns,
  quests,
  questCache,
}: Pick<Dependencies, 'campaigns' | 'quests' | 'questCache'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/users/{userId}/quests/{campaignId}',
    id: 'getQuestProgress',
    summary: "Get a user's progress in a quest",
    scope: 'cms:read',
    params: questPath,
    query: z.object({}),
    response: questAnswer,
    problems: { 404: 'The campaign does not exist or is not a quest' },
    handle: async ({ params: { tenantId, userId, campaignId } }) => {
      const campaign = await campaigns.find({ tenantId, campaignId });
      if (campaign === undefined) throw campaignNotFound({ campaignId });
      const { terms, version } = campaign;
      if (terms.type !== 'QUEST') {
        throw new HttpProblem(404, 'no-quest', `Campaign ${campaignId} is not a quest`);
      }
      const { rule } = terms;
      const quest = { tenantId, campaignId, ruleKey: ruleKeyOf(rule) };
      const show = async (user: string) => {
        const key = { ...quest, userId: user };
        const progress = await questCache.read(key, () => loadProgress(quests, key, rule));
        const { completions } = progress;
        return { userId: user, completions, current: showOpen(rule, progress) };
      };
      const others = await quests.otherAccounts({ tenantId, userId }, otherAccountsMax);
      const own = await show(userId);
      const otherAccounts = await Promise.all(others.map(show));
      return { campaignId, version, ...own, otherAccounts };
    },
  });

const loadProgress = async (
  quests: QuestReader,
  key: QuestKey,
  rule: QuestRule,
): Promise<QuestProgress> => {
  const { steps = [], from } = (await quests.histories([key])).get(questKey(key)) ?? {};
  const { head, open } = foldQuest(rule, steps, { from });
  const startedAt = open.startedAt?.toISOString() ?? null;
  return { completions: head.completions, startedAt, done: open.done };
};

const showOpen = ({ steps, withinSeconds }: QuestRule, { startedAt, done }: QuestProgress) => {
  const endsBy =
    startedAt === null || withinSeconds === undefined
      ? null
      : new Date(Date.parse(startedAt) + withinSeconds * 1_000).toISOString();
  return {
    startedAt,
    endsBy,
    steps: steps.map(({ name, action, count }, index) => ({
      ...{ name, action, count },
      done: done[index] ?? 0,
    })),
  };
};
