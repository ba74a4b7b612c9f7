import { assert } from '#shared/domain/assert.ts';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import { byTurn } from '#shared/domain/campaigns/decide-event.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import {
  type AdvancedQuest,
  advanceQuest,
  firstPlaceOf,
  type QuestArrival,
  type QuestHistory,
  type QuestState,
} from '#shared/domain/quests/advance-quest.ts';
import type { Transaction } from '../driver/connect.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { eventKey } from './event-rows.ts';
import { readHistories, replaceCheckpoints } from './quest-history.ts';
import { lockQuests, type QuestKey, questKey } from './quest-rows.ts';
import {
  type Consequences,
  type EvaluatedEvent,
  type EvaluatedHit,
  type RecordedEvent,
  recordEvents,
} from './record-events.ts';
import { writeCompletions, writeSteps } from './write-completions.ts';

/**
 * Records the events that are new, with the steps of quests that they met and what these complete,
 * and returns them by event key. Their quests are locked meanwhile: of two concurrent events the
 * second sees the first, so no completion is missed or counted twice. Each event may come once.
 */
export const recordWithQuests = async (
  tx: Transaction,
  events: readonly EvaluatedEvent[],
  consequences: Consequences,
): Promise<ReadonlyMap<string, RecordedEvent>> => {
  const quests = await lockAll(tx, questsOf(events));
  const [recorded, histories] = await Promise.all([
    recordEvents(tx, events, consequences),
    readHistories(tx, quests),
  ]);
  // An event that was reversed before, or whose user is erased, has no decisions and counts for
  // nothing.
  const isNew = ({ event }: Arrival) => {
    const own = recorded.get(eventKey(event));
    return own !== undefined && own.decisions.length > 0;
  };
  const advanced = quests
    .map((quest) => ({ ...quest, arrivals: quest.arrivals.filter(isNew) }))
    .filter(({ arrivals }) => arrivals.length > 0)
    .map((quest) => advance(quest, histories.get(questKey(quest.key))));
  const { completions, events: changed } = completionsOf({ advanced, recorded }, consequences);
  const current = new Map([...recorded, ...changed]);
  // Sent together and carried out in this order: what comes before a completion is there when it is
  // written.
  await Promise.all([
    writeSteps(
      tx,
      advanced.flatMap(({ key, arrivals }) => arrivals.map((arrival) => ({ ...key, ...arrival }))),
    ),
    replaceCheckpoints(tx, advanced),
    writeCompletions(tx, { quests: advanced, completions, events: [...changed.values()] }),
    addToOutbox(tx, eventsOfQuests(events, current, consequences)),
  ]);
  return current;
};

/** The events to publish for new events that met steps, now that their completions are known. */
const eventsOfQuests = (
  events: readonly EvaluatedEvent[],
  recorded: ReadonlyMap<string, RecordedEvent>,
  { eventsOf }: Consequences,
): readonly OutboxEvent[] =>
  events.flatMap(({ event, quests, correlation }) => {
    const own = quests.length === 0 ? undefined : recorded.get(eventKey(event));
    return own === undefined ? [] : eventsOf({ ...own, correlation });
  });

/** Steps that an event met of a quest. */
type Arrival = QuestArrival & Readonly<{ event: ActionEvent; action: string; hit: EvaluatedHit }>;

type Quest = Readonly<{ key: QuestKey; arrivals: readonly Arrival[] }>;

const questsOf = (events: readonly EvaluatedEvent[]): readonly Quest[] => {
  const met = events.flatMap(({ event, quests }) =>
    quests.map((hit) => {
      const { tenantId, userId, eventId, action, occurredAt: completedAt } = event;
      const { campaignId } = hit.campaign;
      const key: QuestKey = { tenantId, campaignId, userId, ruleKey: hit.ruleKey };
      return { key, arrival: { event, eventId, action, completedAt, steps: hit.steps, hit } };
    }),
  );
  return [...Map.groupBy(met, ({ key }) => questKey(key)).values()].flatMap((own) =>
    own.slice(0, 1).map(({ key }) => ({ key, arrivals: own.map(({ arrival }) => arrival) })),
  );
};

type LockedQuest = Quest & Readonly<{ state: QuestState; place: ReturnType<typeof firstPlaceOf> }>;

const lockAll = async (
  tx: Transaction,
  quests: readonly Quest[],
): Promise<readonly LockedQuest[]> => {
  const locked = await lockQuests(
    tx,
    quests.map(({ key }) => key),
  );
  return quests.map((quest) => {
    const state = locked.get(questKey(quest.key));
    assert(state, `quest ${questKey(quest.key)} is locked`);
    return { ...quest, state, place: firstPlaceOf(quest.arrivals) };
  });
};

type CountedQuest = Quest &
  AdvancedQuest &
  Readonly<{ from: QuestHistory['from']; isLate: boolean }>;

const advance = (quest: LockedQuest, history: QuestHistory | undefined): CountedQuest => {
  const { key, arrivals, state } = quest;
  const [first] = arrivals;
  assert(first && history, `quest ${questKey(key)} is read`);
  const { terms } = first.hit.campaign;
  assert(terms.type === 'QUEST', 'only quests have steps');
  const advanced = advanceQuest(terms.rule, state, { ...history, arrivals });
  return { key, arrivals, ...advanced, from: history.from, isLate: history.from !== state.head };
};

type Advance = Readonly<{
  advanced: readonly CountedQuest[];
  recorded: ReadonlyMap<string, RecordedEvent>;
}>;

type Completed = Readonly<{
  completions: readonly Reward[];
  /** The events that brought them about, with what they are entitled to, by event key. */
  events: ReadonlyMap<string, RecordedEvent>;
}>;

/** What was completed, put with the events that brought it about. */
const completionsOf = ({ advanced, recorded }: Advance, consequences: Consequences): Completed => {
  const completions = advanced.flatMap((quest) => rewardsOf(quest, consequences));
  const events = new Map(
    [...Map.groupBy(completions, ({ event }) => eventKey(event))].map(([key, own]) => {
      const event = recorded.get(key);
      assert(event, `event ${key} is recorded`);
      return [key, withRewards(event, own)];
    }),
  );
  return { completions, events };
};

type Reward = Readonly<{
  key: QuestKey;
  event: ActionEvent;
  number: number;
  events: readonly string[];
  priority: number;
  qualification: Qualification;
}>;

const rewardsOf = (
  { key, arrivals, completed }: CountedQuest,
  { qualificationOf }: Consequences,
): readonly Reward[] =>
  completed.flatMap((completion) => {
    const { number, broughtBy } = completion;
    const arrival = arrivals.find(({ eventId }) => eventId === broughtBy);
    assert(arrival, `event ${broughtBy} arrived`);
    const qualification = qualificationOf(key, arrival.hit, completion);
    if (qualification === undefined) return [];
    const { events } = completion.completion;
    const { priority } = arrival.hit.campaign.terms;
    return [{ key, event: arrival.event, number, events, priority, qualification }];
  });

const withRewards = (recorded: RecordedEvent, rewards: readonly Reward[]): RecordedEvent => {
  const earned = Map.groupBy(rewards, ({ key }) => key.campaignId);
  return {
    ...recorded,
    decisions: recorded.decisions.map((decision) => {
      const incentiveIds = earned
        .get(decision.campaignId)
        ?.map(({ qualification }) => qualification.incentiveId);
      return incentiveIds === undefined
        ? decision
        : { ...decision, outcome: 'qualified', incentiveIds };
    }),
    entitlements: byTurn([
      ...recorded.entitlements,
      ...rewards.map(({ priority, qualification }) => ({ priority, choices: [qualification] })),
    ]),
  };
};
