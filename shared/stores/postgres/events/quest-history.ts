import type { QuestHistory, QuestState } from '#shared/domain/quests/advance-quest.ts';
import type { QuestStepEvent } from '#shared/domain/quests/fold-quest.ts';
import {
  isAfter,
  type QuestCheckpoint,
  type QuestPlace,
  questBeginning,
} from '#shared/domain/quests/quest-checkpoint.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import {
  type CheckpointJson,
  keyColumns,
  type QuestKey,
  questColumns,
  questKey,
  toCheckpoint,
} from './quest-rows.ts';

/**
 * A quest with its progress, and the first position that changes; without a position it is only
 * read.
 */
type WantedHistory = Readonly<{
  key: QuestKey;
  state: QuestState;
  place: QuestPlace | undefined;
}>;

/**
 * Reads what is needed to count changes of quests, by quest key: where the change comes after the
 * head, no steps at all; else the last checkpoint before it, and the steps since that count.
 */
export const readHistories = async (
  sql: Sql | Transaction,
  quests: readonly WantedHistory[],
): Promise<ReadonlyMap<string, QuestHistory>> => {
  const histories = new Map<string, QuestHistory>();
  const late: WantedHistory[] = [];
  for (const quest of quests) {
    const { head } = quest.state;
    if (head !== undefined && (quest.place === undefined || isAfter(quest.place, head.place)))
      histories.set(questKey(quest.key), { from: head, steps: [] });
    else late.push(quest);
  }
  if (late.length === 0) return histories;
  const checkpoints = await readCheckpoints(sql, late);
  const starts = late.map(({ key }) => ({
    key,
    from: checkpoints.get(questKey(key)) ?? questBeginning,
  }));
  const steps = await readSteps(sql, starts);
  for (const { key, from } of starts)
    histories.set(questKey(key), { from, steps: steps.get(questKey(key)) ?? [] });
  return histories;
};

/** Quests, each with a place, as rows named `wanted`. */
const placedQuests = (
  sql: Sql | Transaction,
  quests: readonly Readonly<{ key: QuestKey; place: QuestPlace | undefined }>[],
) => {
  const beginning = { at: '-infinity', eventId: '' };
  const rows = quests.map(({ key, place }) => ({ ...key, ...(place ?? beginning) }));
  return rowsOf(sql, { wanted: rows }, { ...questColumns, at: 'timestamptz', eventId: 'text' });
};

/** Reads the last checkpoint before the place of each quest. */
const readCheckpoints = async (
  sql: Sql | Transaction,
  quests: readonly WantedHistory[],
): Promise<ReadonlyMap<string, QuestCheckpoint>> => {
  const rows = await sql<(QuestKey & { state: CheckpointJson })[]>`
    select ${keyColumns(sql)}, checkpoint.state
    from ${placedQuests(sql, quests)}
    cross join lateral (
      select state from quest_checkpoints own
      where own.tenant_id = wanted.tenant_id and own.campaign_id = wanted.campaign_id
        and own.user_id = wanted.user_id and own.rule_key = wanted.rule_key
        and (own.at, own.event_id) < (wanted.at, wanted.event_id collate "C")
      order by own.at desc, own.event_id desc limit 1) checkpoint`;
  return new Map(rows.map((row) => [questKey(row), toCheckpoint(row.state)]));
};

type Start = Readonly<{ key: QuestKey; from: QuestCheckpoint }>;

/** Reads the steps of quests after their checkpoints, those that count. */
const readSteps = async (
  sql: Sql | Transaction,
  starts: readonly Start[],
): Promise<ReadonlyMap<string, readonly QuestStepEvent[]>> => {
  const rows = await sql<(QuestKey & QuestStepEvent)[]>`
    select ${keyColumns(sql)}, step.*
    from ${placedQuests(sql, starts.map(toPlaced))}
    cross join lateral (
      select event_id, step, completed_at from user_aggregations step
      where step.tenant_id = wanted.tenant_id and step.campaign_id = wanted.campaign_id
        and step.user_id = wanted.user_id and step.rule_key = wanted.rule_key and step.reversed_at is null
        and completed_at >= at and (completed_at > at or step.event_id collate "C" > wanted.event_id collate "C")
      offset 0) step`;
  return Map.groupBy(rows, questKey);
};

const toPlaced = ({ key, from: { place } }: Start) => ({ key, place });

/** A quest after a change: a late one continued from an earlier place than its head. */
type ChangedQuest = Readonly<{
  key: QuestKey;
  from: QuestCheckpoint;
  checkpoints: readonly QuestCheckpoint[];
  isLate: boolean;
}>;

/** Replaces the checkpoints of locked quests after those that they continued from. */
export const replaceCheckpoints = async (
  tx: Transaction,
  quests: readonly ChangedQuest[],
): Promise<void> => {
  const late = quests.filter(({ isLate }) => isLate);
  if (late.length > 0)
    await tx`
      delete from quest_checkpoints own using ${placedQuests(tx, late.map(toPlaced))}
      where own.tenant_id = wanted.tenant_id and own.campaign_id = wanted.campaign_id
        and own.user_id = wanted.user_id and own.rule_key = wanted.rule_key
        and (own.at, own.event_id) > (wanted.at, wanted.event_id collate "C")`;
  const added = quests.flatMap(({ key, checkpoints }) =>
    checkpoints.map((state) => ({ ...key, ...state.place, state })),
  );
  if (added.length === 0) return;
  await tx`
    insert into quest_checkpoints (tenant_id, campaign_id, user_id, rule_key, at, event_id, state)
    select * from ${rowsOf(tx, { added }, { ...questColumns, at: 'timestamptz', eventId: 'text', state: 'jsonb' })}`;
};
