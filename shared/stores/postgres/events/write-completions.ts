import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { QuestArrival, QuestState } from '#shared/domain/quests/advance-quest.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { type QuestKey, questColumns, writeQuestStates } from './quest-rows.ts';
import { type Rewritten, rewriteDecisions } from './record-events.ts';

/** Steps of a quest that an event met, of what action. */
export type NewSteps = QuestKey & QuestArrival & Readonly<{ action: string }>;

/** Records steps of locked quests, each once. */
export const writeSteps = async (tx: Transaction, arrivals: readonly NewSteps[]): Promise<void> => {
  const steps = arrivals.flatMap((arrival) => arrival.steps.map((step) => ({ ...arrival, step })));
  if (steps.length === 0) return;
  await tx`
    insert into user_aggregations
      (tenant_id, campaign_id, user_id, rule_key, event_id, step, action_code, completed_at)
    select * from ${rowsOf(
      tx,
      { step: steps },
      {
        ...{ ...questColumns, eventId: 'text', step: 'integer' },
        ...{ action: 'text', completedAt: 'timestamptz' },
      },
    )}`;
};

/**
 * A completion that is rewarded, under the number that it was given, with the events that it was
 * done by.
 */
type RewardedCompletion = Readonly<{
  key: QuestKey;
  number: number;
  events: readonly string[];
  qualification: Qualification;
}>;

type Change = Readonly<{
  quests: readonly Readonly<{ key: QuestKey; state: QuestState }>[];
  completions: readonly RewardedCompletion[];
  /** The events that caused completions, with the resulting entitlements. */
  events: readonly Rewritten[];
}>;

/** Writes completions of locked quests, with their new progress. */
export const writeCompletions = async (
  tx: Transaction,
  { quests, completions, events }: Change,
): Promise<void> => {
  if (completions.length === 0) return writeQuestStates(tx, quests);
  await Promise.all([
    writeQuestStates(tx, quests),
    insertCompletions(tx, completions),
    markHelpers(tx, completions),
    rewriteDecisions(tx, events),
  ]);
};

const insertCompletions = (tx: Transaction, completions: readonly RewardedCompletion[]) => {
  const rows = completions.map((each) => ({
    ...each.qualification,
    ...each.key,
    number: each.number,
  }));
  return tx`
  insert into quest_completions
    (tenant_id, campaign_id, user_id, rule_key, completion, incentive_id, campaign_version, event_id)
  select * from ${rowsOf(
    tx,
    { completion: rows },
    {
      ...{ ...questColumns, number: 'integer', incentiveId: 'uuid' },
      ...{ campaignVersion: 'integer', eventId: 'text' },
    },
  )}`;
};

/** The quests are locked, so their steps keep their positions until the update. */
const markHelpers = (tx: Transaction, completions: readonly RewardedCompletion[]) => {
  const helpers = completions.flatMap(({ key, number, events, qualification }) =>
    events.map((eventId) => {
      return { ...key, eventId, completion: number, incentiveId: qualification.incentiveId };
    }),
  );
  return tx`
    update user_aggregations step set incentive_id = helper.incentive_id
    from (
      select distinct on (found.part, found.place) found.part, found.place, helper.incentive_id
      from ${rowsOf(
        tx,
        { helper: helpers },
        {
          ...{ tenantId: 'text', eventId: 'text', campaignId: 'uuid' },
          ...{ completion: 'integer', incentiveId: 'uuid' },
        },
      )}
      cross join lateral (
        select own.tableoid as part, own.ctid as place from user_aggregations own
        where own.tenant_id = helper.tenant_id and own.event_id = helper.event_id
          and own.campaign_id = helper.campaign_id and own.incentive_id is null
          and own.received_at >= (
            select received_at from event_keys known
            where known.tenant_id = helper.tenant_id and known.event_id = helper.event_id)
        offset 0) found
      order by found.part, found.place, helper.completion) helper
    where step.tableoid = helper.part and step.ctid = helper.place`;
};
