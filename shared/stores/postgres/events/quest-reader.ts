import type { QuestHistory } from '#shared/domain/quests/advance-quest.ts';
import type { QuestPlace } from '#shared/domain/quests/quest-checkpoint.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { readHistories } from './quest-history.ts';
import { type QuestKey, questKey, readQuestStates } from './quest-rows.ts';

export type QuestReader = Readonly<{
  /**
   * What is needed to continue quests, by `questKey`: as they are now, or from before a place. A
   * quest without progress is omitted. Locks nothing.
   */
  histories: (
    keys: readonly QuestKey[],
    place?: QuestPlace,
  ) => Promise<ReadonlyMap<string, QuestHistory>>;
  /** The other accounts of the customer of a user, the first so many by their ids. */
  otherAccounts: (
    user: Readonly<{ tenantId: string; userId: string }>,
    accountsMax: number,
  ) => Promise<readonly string[]>;
}>;

/** Reads the progress of users in quests, for queries that change nothing. */
export const questReader = (sql: Sql): QuestReader => ({
  histories: (keys, place) =>
    withPostgres(async () => {
      const states = await readQuestStates(sql, keys);
      const begun = keys.flatMap((key) => {
        const state = states.get(questKey(key));
        return state === undefined ? [] : [{ key, state, place }];
      });
      return readHistories(sql, begun);
    }),
  otherAccounts: ({ tenantId, userId }, accountsMax) =>
    withPostgres(async () => {
      const rows = await sql<{ account: string }[]>`
        select account from other_accounts(${tenantId}, ${userId}) account
        order by account limit ${accountsMax}`;
      return rows.map(({ account }) => account);
    }),
});
