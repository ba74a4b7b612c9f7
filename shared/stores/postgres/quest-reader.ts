import type { QuestStepEvent } from '#shared/domain/quests/fold-quest.ts';
import type { Sql } from './connect.ts';
import { withPostgres } from './postgres-error.ts';
import { type QuestKey, readSteps } from './quest-rows.ts';

export type QuestReader = Readonly<{
  /** The steps that count of quests, by `questKey`; one without steps is not there. Locks nothing. */
  steps: (keys: readonly QuestKey[]) => Promise<ReadonlyMap<string, readonly QuestStepEvent[]>>;
}>;

/** Reads what users did for quests, for questions that change nothing. */
export const questReader = (sql: Sql): QuestReader => ({
  steps: (keys) =>
    keys.length === 0 ? Promise.resolve(new Map()) : withPostgres(() => readSteps(sql, keys)),
});
