import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { JudgedBy } from '#shared/domain/campaigns/judged-by.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { QuestHit, Verdict } from '#shared/domain/campaigns/verdict-of.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import type { NewCompletion } from '#shared/domain/quests/advance-quest.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import type { OutboxFact } from '../journal/outbox.ts';
import { eventKey, type StoredEvent } from './event-rows.ts';
import { insertEvents } from './insert-events.ts';
import type { QuestKey } from './quest-rows.ts';

/** An event with what campaigns made of it, and the quests of which it met steps. */
export type JudgedEvent = Pick<Verdict, 'decisions' | 'entitlements'> &
  Readonly<{
    event: ActionEvent;
    quests: readonly JudgedHit[];
    /**
     * What the decisions that are not recorded can be found out by; undefined where all of them
     * are.
     */
    judgedBy?: JudgedBy | undefined;
    /** What comes of the event is published under it. */
    correlation?: Correlation | undefined;
  }>;

/** Steps of a quest that an event met, with the key of the rule. */
export type JudgedHit = QuestHit & Readonly<{ ruleKey: string }>;

/** What follows from what is recorded: the same from the same, always. */
export type Consequences = Readonly<{
  /** What a completion of a quest qualifies for; undefined where it gives nothing. */
  qualificationOf: (
    key: QuestKey,
    hit: QuestHit,
    completion: NewCompletion,
  ) => Qualification | undefined;
  /** What is to be published of an event and what it entitles to. */
  factsOf: (
    recorded: Pick<JudgedEvent, 'event' | 'entitlements' | 'correlation'>,
  ) => readonly OutboxFact[];
}>;

/** What stands of an event. */
export type RecordedEvent = Pick<
  StoredEvent,
  'event' | 'decisions' | 'entitlements' | 'reversedAt'
>;

/**
 * Records the events that are new, in one statement, and returns them by event key. Of quests it
 * records nothing, and leaves the facts of events that met their steps to whoever counts these.
 * Each event may come once.
 */
export const recordEvents = async (
  sql: Sql | Transaction,
  events: readonly JudgedEvent[],
  { factsOf }: Pick<Consequences, 'factsOf'>,
): Promise<ReadonlyMap<string, RecordedEvent>> => {
  const inserted = await insertEvents(
    sql,
    events.map((judged) => ({
      ...judged,
      facts: judged.quests.length === 0 ? factsOf(judged) : [],
    })),
  );
  return new Map(
    events.flatMap((judged) => {
      const key = eventKey(judged.event);
      const row = inserted.get(key);
      return row === undefined ? [] : [[key, recordedEvent(judged, row.reversedAt)]];
    }),
  );
};

const recordedEvent = (
  { event, decisions, entitlements }: JudgedEvent,
  reversedAt: Date | null,
): RecordedEvent =>
  reversedAt === null
    ? { event, decisions, entitlements, reversedAt: undefined }
    : { event, decisions: [], entitlements: [], reversedAt };
