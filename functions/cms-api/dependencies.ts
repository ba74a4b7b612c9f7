import type { Clock } from '#shared/runtime/clock.ts';
import type { CohortStore } from '#shared/stores/postgres/cohort-store.ts';
import type { EarningReader } from '#shared/stores/postgres/earning-reader.ts';
import type { LadderStore } from '#shared/stores/postgres/ladder-store.ts';
import type { ProgramStore } from '#shared/stores/postgres/program-store.ts';
import type { RuleStore } from '#shared/stores/postgres/rule-store.ts';

/** What the routes read and change. */
export type Dependencies = Readonly<{
  programs: ProgramStore;
  rules: RuleStore;
  ladders: LadderStore;
  cohorts: CohortStore;
  earnings: EarningReader;
  clock: Clock;
}>;
