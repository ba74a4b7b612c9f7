import type { QuestPlace, QuestStanding } from '#shared/domain/quests/advance-quest.ts';
import type { QuestStepEvent } from '#shared/domain/quests/fold-quest.ts';
import type { Sql, Transaction } from './connect.ts';

/** A quest of a user. Progress by another rule, which has another key, is that of another quest. */
export type QuestKey = Readonly<{
  tenantId: string;
  campaignId: string;
  userId: string;
  ruleKey: string;
}>;

/** Names a quest in a map. */
export const questKey = ({ tenantId, campaignId, userId, ruleKey }: QuestKey): string =>
  `${tenantId} ${campaignId} ${ruleKey} ${userId}`;

/** Quests to look up one by one; why so, wantedAccounts says. */
const wantedQuests = (sql: Sql | Transaction, keys: readonly QuestKey[]) => sql`
  unnest(
    ${keys.map(({ tenantId }) => tenantId)}::text[], ${keys.map(({ campaignId }) => campaignId)}::uuid[],
    ${keys.map(({ userId }) => userId)}::text[], ${keys.map(({ ruleKey }) => ruleKey)}::text[])
  as wanted (tenant_id, campaign_id, user_id, rule_key)`;

/** The columns of a QuestKey, of a table or alias that the sub-select before it named `wanted`. */
const keyColumns = (sql: Sql | Transaction) => sql`
  wanted.tenant_id as "tenantId", wanted.campaign_id as "campaignId", wanted.user_id as "userId",
  wanted.rule_key as "ruleKey"`;

/** Locks quests, all in the same order wherever they are locked, makes those that are not there, and reads where they stand then. */
export const holdQuests = async (
  tx: Transaction,
  keys: readonly QuestKey[],
): Promise<ReadonlyMap<string, QuestStanding>> => {
  const wanted = wantedQuests(tx, keys);
  const [, rows] = await Promise.all([
    tx`
      insert into quest_progress (tenant_id, campaign_id, user_id, rule_key)
      select * from ${wanted} order by 1, 2, 3, 4
      on conflict do nothing`,
    tx<(QuestKey & HeldRow)[]>`
      select ${keyColumns(tx)}, held.*
      from (select * from ${wanted} order by tenant_id, campaign_id, user_id, rule_key) wanted
      cross join lateral (
        select completions, counted, nullif(ended_at, '-infinity') as "endedAt", ended_by as "endedBy"
        from quest_progress quest
        where quest.tenant_id = wanted.tenant_id and quest.campaign_id = wanted.campaign_id
          and quest.user_id = wanted.user_id and quest.rule_key = wanted.rule_key
        limit 1 for update) held`,
  ]);
  return new Map(rows.map((row) => [questKey(row), toStanding(row)]));
};

type HeldRow = Pick<QuestStanding, 'completions' | 'counted'> &
  Readonly<{ endedAt: Date | null; endedBy: string }>;

const toStanding = ({ completions, counted, endedAt, endedBy }: HeldRow): QuestStanding => ({
  completions,
  counted,
  end: endedAt === null ? undefined : { at: endedAt, eventId: endedBy },
});

/** A quest, and behind which place its steps are wanted; all of them without. */
export type WantedSteps = QuestKey & Readonly<{ after?: QuestPlace | undefined }>;

/** Reads the steps of quests that count, by quest key. */
export const readSteps = async (
  sql: Sql | Transaction,
  quests: readonly WantedSteps[],
): Promise<ReadonlyMap<string, readonly QuestStepEvent[]>> => {
  const rows = await sql<(QuestKey & QuestStepEvent)[]>`
    select ${keyColumns(sql)}, step.*
    from unnest(
      ${quests.map(({ tenantId }) => tenantId)}::text[], ${quests.map(({ campaignId }) => campaignId)}::uuid[],
      ${quests.map(({ userId }) => userId)}::text[], ${quests.map(({ ruleKey }) => ruleKey)}::text[],
      ${quests.map(({ after }) => after?.at.toISOString() ?? '-infinity')}::text[]::timestamptz[],
      ${quests.map(({ after }) => after?.eventId ?? '')}::text[])
      as wanted (tenant_id, campaign_id, user_id, rule_key, after_at, after_id)
    cross join lateral (
      select event_id as "eventId", step, completed_at as "completedAt" from user_aggregations step
      where step.tenant_id = wanted.tenant_id and step.campaign_id = wanted.campaign_id
        and step.user_id = wanted.user_id and step.rule_key = wanted.rule_key and step.reversed_at is null
        and completed_at >= after_at and (completed_at > after_at or event_id collate "C" > after_id collate "C")
      offset 0) step`;
  return Map.groupBy(rows, questKey);
};

/** Writes where held quests stand. */
export const writeStandings = async (
  tx: Transaction,
  quests: readonly Readonly<{ key: QuestKey; standing: QuestStanding }>[],
): Promise<void> => {
  if (quests.length === 0) return;
  const column = <Value>(value: (standing: QuestStanding) => Value) =>
    quests.map(({ standing }) => value(standing));
  // The rows stand: an insert that conflicts finds each by its key, whatever the planner thinks of the table.
  await tx`
    insert into quest_progress (tenant_id, campaign_id, user_id, rule_key, completions, counted, ended_at, ended_by)
    select * from unnest(
      ${quests.map(({ key }) => key.tenantId)}::text[], ${quests.map(({ key }) => key.campaignId)}::uuid[],
      ${quests.map(({ key }) => key.userId)}::text[], ${quests.map(({ key }) => key.ruleKey)}::text[],
      ${column(({ completions }) => completions)}::integer[], ${column(({ counted }) => counted)}::integer[],
      ${column(({ end }) => end?.at.toISOString() ?? '-infinity')}::text[]::timestamptz[],
      ${column(({ end }) => end?.eventId ?? '')}::text[])
    on conflict (tenant_id, campaign_id, user_id, rule_key) do update set completions = excluded.completions,
      counted = excluded.counted, ended_at = excluded.ended_at, ended_by = excluded.ended_by, updated_at = now()`;
};
