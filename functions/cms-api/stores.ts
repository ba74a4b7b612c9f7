import { cohortStore } from '#shared/stores/postgres/cohort-store.ts';
import type { Sql } from '#shared/stores/postgres/connect.ts';
import { earningReader } from '#shared/stores/postgres/earning-reader.ts';
import { ladderStore } from '#shared/stores/postgres/ladder-store.ts';
import { programStore } from '#shared/stores/postgres/program-store.ts';
import { ruleStore } from '#shared/stores/postgres/rule-store.ts';
import type { Dependencies } from './dependencies.ts';

/** Everything that the routes read and change, in one database. */
export const stores = (sql: Sql): Omit<Dependencies, 'clock'> => ({
  programs: programStore(sql),
  rules: ruleStore(sql),
  ladders: ladderStore(sql),
  cohorts: cohortStore(sql),
  earnings: earningReader(sql),
});
