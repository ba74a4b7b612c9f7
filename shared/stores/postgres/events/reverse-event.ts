import { assert } from '#shared/domain/assert.ts';
import type { QuestRule } from '#shared/domain/campaigns/campaign.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import { notBegun, type QuestState, recountQuest } from '#shared/domain/quests/advance-quest.ts';
import { toTerms } from '../campaigns/terms-rows.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { type EventKey, readEvent, type StoredEvent } from './event-rows.ts';
import { readHistories, replaceCheckpoints } from './quest-history.ts';
import { lockQuests, type QuestKey, questKey, writeQuestStates } from './quest-rows.ts';

/** The reversal of an event. */
export type Reversal = EventKey &
  Readonly<{ cause: string; correlation: Correlation; reversedAt: Date }>;

/** An incentive to reverse, as far as evaluation knows it. */
export type LostIncentive = Pick<
  Qualification,
  'incentiveId' | 'tenantId' | 'userId' | 'campaignId' | 'campaignVersion' | 'eventId'
>;

/**
 * `reversed` now; or `repeated`, because it was before; or `early`, because the event has yet to
 * come: nothing will be decided of it. The events were written to the outbox as well.
 */
export type Reversed<DomainEvent extends OutboxEvent> = Readonly<{
  kind: 'reversed' | 'repeated' | 'early';
  domainEvents: readonly DomainEvent[];
  /** The quests of which the event met steps. */
  quests: readonly QuestKey[];
}>;

/** The request to reverse an incentive: the same input always gives the same event. */
type EventOf<DomainEvent extends OutboxEvent> = (incentive: LostIncentive) => DomainEvent;

/**
 * Reverses an event, once, and requests the reversal of its incentives: those that it qualified
 * for, and of quests those beyond the completions that are left.
 */
export const reverseEvent = async <DomainEvent extends OutboxEvent>(
  sql: Sql,
  reversal: Reversal,
  eventOf: EventOf<DomainEvent>,
): Promise<Reversed<DomainEvent>> => {
  const attempt = () => inTransaction(sql, (tx) => reverse(tx, reversal, eventOf));
  const first = await attempt();
  // The event may have come at the same moment: it looks for the reversal once it is committed, as
  // this looks for the event.
  return first.kind === 'early' ? attempt() : first;
};

const reverse = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  reversal: Reversal,
  eventOf: EventOf<DomainEvent>,
): Promise<Reversed<DomainEvent>> => {
  const stored = await readEvent(tx, reversal);
  if (stored === undefined) {
    await insertEarlyReversal(tx, reversal);
    return { kind: 'early', domainEvents: [], quests: [] };
  }
  const quests = await questsOf(tx, stored);
  // Before the event, in the same order as transactions that record events.
  const locked = await lockQuests(tx, quests);
  if (!(await markReversed(tx, reversal))) return { kind: 'repeated', domainEvents: [], quests };
  const ofQuests = new Set(quests.map(({ campaignId }) => campaignId));
  const lost = [
    ...stored.entitlements
      .flatMap(({ choices }) => choices)
      .filter(({ campaignId }) => !ofQuests.has(campaignId)),
    ...(await lowerQuests(tx, { stored, quests, locked, reversal })),
  ];
  const domainEvents = lost.map(eventOf);
  await addToOutbox(tx, domainEvents);
  return { kind: 'reversed', domainEvents, quests };
};

const insertEarlyReversal = (tx: Transaction, reversal: Reversal) => tx`
  insert into early_reversals (tenant_id, event_id, cause, reversed_at, correlation_id, traceparent)
  values (${reversal.tenantId}, ${reversal.eventId}, ${reversal.cause}, ${reversal.reversedAt},
    ${reversal.correlation.correlationId ?? null}, ${reversal.correlation.traceparent ?? null})
  on conflict do nothing`;

/** The quests of which an event met steps. */
const questsOf = (
  tx: Transaction,
  { event: { tenantId, eventId } }: StoredEvent,
): Promise<readonly QuestKey[]> => tx<QuestKey[]>`
  select distinct tenant_id, campaign_id, user_id, rule_key
  from user_aggregations
  where tenant_id = ${tenantId} and event_id = ${eventId} and received_at >= ${receivedAt(tx, { tenantId, eventId })}`;

/**
 * When an event was recorded, to the microsecond. Its steps were recorded then or later; those from
 * before partitions count as later.
 */
const receivedAt = (tx: Transaction, { tenantId, eventId }: EventKey) => tx`
  (select received_at from event_keys where tenant_id = ${tenantId} and event_id = ${eventId})`;

/** Marks the event and its steps; false if they were already marked. */
const markReversed = async (
  tx: Transaction,
  { tenantId, eventId, reversedAt }: Reversal,
): Promise<boolean> => {
  const { count } = await tx`
    update events set reversed_at = ${reversedAt}
    where tenant_id = ${tenantId} and event_id = ${eventId} and reversed_at is null
      and received_at = ${receivedAt(tx, { tenantId, eventId })}`;
  if (count === 0) return false;
  await tx`
    update user_aggregations set reversed_at = ${reversedAt}
    where tenant_id = ${tenantId} and event_id = ${eventId} and received_at >= ${receivedAt(tx, { tenantId, eventId })}`;
  return true;
};

type Lowering = Readonly<{
  stored: StoredEvent;
  quests: readonly QuestKey[];
  locked: ReadonlyMap<string, QuestState>;
  reversal: Reversal;
}>;

/**
 * Counts quests again from before the event, without it, and returns the incentives beyond what is
 * left.
 */
const lowerQuests = async (
  tx: Transaction,
  { stored, quests, locked, reversal }: Lowering,
): Promise<readonly LostIncentive[]> => {
  if (quests.length === 0) return [];
  const { occurredAt: at, eventId } = stored.event;
  const stateOf = (key: QuestKey) => locked.get(questKey(key)) ?? notBegun;
  const histories = await readHistories(
    tx,
    quests.map((key) => ({ key, state: stateOf(key), place: { at, eventId } })),
  );
  const lost: LostIncentive[] = [];
  for (const quest of quests) {
    const before = stateOf(quest);
    const history = histories.get(questKey(quest));
    assert(history, `quest ${questKey(quest)} is read`);
    const rule = await readRule(tx, stored, quest);
    const { state, checkpoints } = recountQuest(rule, before, history);
    await writeQuestStates(tx, [{ key: quest, state }]);
    await replaceCheckpoints(tx, [{ key: quest, from: history.from, checkpoints, isLate: true }]);
    const count = before.completions - state.completions;
    if (count > 0) lost.push(...(await reverseLast(tx, quest, { count, reversal })));
  }
  return lost;
};

/** The rule that the event met steps of: that of the version which evaluated it. */
const readRule = async (
  tx: Transaction,
  { decisions }: StoredEvent,
  { campaignId }: QuestKey,
): Promise<QuestRule> => {
  const version = decisions.find((decision) => decision.campaignId === campaignId)?.version ?? 0;
  const [row] = await tx<{ terms: unknown }[]>`
    select terms from campaign_versions where campaign_id = ${campaignId} and version = ${version}`;
  const terms = row && toTerms(row.terms);
  assert(terms?.type === 'QUEST', `version ${version} of ${campaignId} is a quest`);
  return terms.rule;
};

/** Reverses the last completions that are not reversed yet. */
const reverseLast = (
  tx: Transaction,
  { tenantId, campaignId, userId, ruleKey }: QuestKey,
  { count, reversal }: Readonly<{ count: number; reversal: Reversal }>,
): Promise<readonly LostIncentive[]> => tx<LostIncentive[]>`
  update quest_completions set reversed_at = ${reversal.reversedAt}
  where incentive_id in (
    select incentive_id from quest_completions
    where tenant_id = ${tenantId} and campaign_id = ${campaignId} and user_id = ${userId}
      and rule_key = ${ruleKey} and reversed_at is null
    order by completion desc limit ${count})
  returning incentive_id, tenant_id, user_id, campaign_id, campaign_version, event_id`;
