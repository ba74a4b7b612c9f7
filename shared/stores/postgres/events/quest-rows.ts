import type { QuestState } from '#shared/domain/quests/advance-quest.ts';
import type { QuestCheckpoint } from '#shared/domain/quests/quest-checkpoint.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';

/** A quest of a user. Progress by another rule, which has another key, is that of another quest. */
export type QuestKey = Readonly<{
  tenantId: string;
  campaignId: string;
  userId: string;
  ruleKey: string;
}>;

/** The columns that name a quest. */
export const questColumns = {
  tenantId: 'text',
  campaignId: 'uuid',
  userId: 'text',
  ruleKey: 'text',
} as const;

/** Names a quest in a map. */
export const questKey = ({ tenantId, campaignId, userId, ruleKey }: QuestKey): string =>
  `${tenantId} ${campaignId} ${ruleKey} ${userId}`;

/** Quests to look up one by one; wantedWallets explains why. */
const wantedQuests = (sql: Sql | Transaction, keys: readonly QuestKey[]) =>
  rowsOf(sql, { wanted: keys }, questColumns);

/** The columns of a QuestKey, of a table or alias that the sub-select before it named `wanted`. */
export const keyColumns = (sql: Sql | Transaction) => sql`
  wanted.tenant_id, wanted.campaign_id, wanted.user_id, wanted.rule_key`;

/** Locks quests, always in the same order, creates missing ones, and then reads their progress. */
export const lockQuests = async (
  tx: Transaction,
  keys: readonly QuestKey[],
): Promise<ReadonlyMap<string, QuestState>> => {
  const wanted = wantedQuests(tx, keys);
  const [, rows] = await Promise.all([
    tx`
      insert into quest_progress (tenant_id, campaign_id, user_id, rule_key)
      select * from ${wanted} order by 1, 2, 3, 4
      on conflict do nothing`,
    tx<(QuestKey & QuestStateRow)[]>`
      select ${keyColumns(tx)}, locked.*
      from (select * from ${wanted} order by tenant_id, campaign_id, user_id, rule_key) wanted
      cross join lateral (
        select completions, counted, head from quest_progress quest
        where quest.tenant_id = wanted.tenant_id and quest.campaign_id = wanted.campaign_id
          and quest.user_id = wanted.user_id and quest.rule_key = wanted.rule_key
        limit 1 for update) locked`,
  ]);
  return new Map(rows.map((row) => [questKey(row), toQuestState(row)]));
};

/**
 * Reads the progress of quests, by quest key; a quest without progress is omitted. Locks nothing.
 */
export const readQuestStates = async (
  sql: Sql,
  keys: readonly QuestKey[],
): Promise<ReadonlyMap<string, QuestState>> => {
  const rows = await sql<(QuestKey & QuestStateRow)[]>`
    select ${keyColumns(sql)}, completions, counted, head
    from ${wantedQuests(sql, keys)} join quest_progress using (tenant_id, campaign_id, user_id, rule_key)`;
  return new Map(rows.map((row) => [questKey(row), toQuestState(row)]));
};

type QuestStateRow = Pick<QuestState, 'completions' | 'counted'> &
  Readonly<{ head: CheckpointJson | null }>;

const toQuestState = ({ completions, counted, head }: QuestStateRow): QuestState => ({
  completions,
  counted,
  head: head === null ? undefined : toCheckpoint(head),
});

type PlaceJson<Place> = Omit<Place, 'at'> & Readonly<{ at: string }>;

/** A checkpoint as a column of JSON has it. */
export type CheckpointJson = Omit<QuestCheckpoint, 'place' | 'open'> &
  Readonly<{
    place?: PlaceJson<NonNullable<QuestCheckpoint['place']>>;
    open: readonly PlaceJson<QuestCheckpoint['open'][number]>[];
  }>;

/** The checkpoint in a column. */
export const toCheckpoint = ({ place, open, ...counts }: CheckpointJson): QuestCheckpoint => ({
  ...counts,
  place: place && { ...place, at: new Date(place.at) },
  open: open.map((event) => ({ ...event, at: new Date(event.at) })),
});

/** Writes the progress of locked quests. */
export const writeQuestStates = async (
  tx: Transaction,
  quests: readonly Readonly<{ key: QuestKey; state: QuestState }>[],
): Promise<void> => {
  if (quests.length === 0) return;
  const rows = quests.map(({ key, state }) => ({ ...key, ...state }));
  // The rows exist: an insert that conflicts finds each by its key, whatever plan the planner would
  // choose.
  await tx`
    insert into quest_progress (tenant_id, campaign_id, user_id, rule_key, completions, counted, head)
    select * from ${rowsOf(tx, { quest: rows }, { ...questColumns, completions: 'integer', counted: 'integer', head: 'jsonb' })}
    on conflict (tenant_id, campaign_id, user_id, rule_key) do update set completions = excluded.completions,
      counted = excluded.counted, head = excluded.head, updated_at = now()`;
};
