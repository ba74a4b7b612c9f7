import { Counter } from 'prom-client';
import type { Usage } from '#shared/domain/limits/usage.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { CounterPosition } from '#shared/stores/postgres/counter-position.ts';
import type { StandingUsage, StandingUsages } from '#shared/stores/postgres/standing-usages.ts';
import type { LimitCounters } from '#shared/stores/redis/limit-counters.ts';
import { type CounterState, judgeCounters } from './judge-counters.ts';

export type CounterDependencies = Readonly<{
  usages: StandingUsages;
  counterPosition: CounterPosition;
  counters: Pick<LimitCounters, 'read' | 'load'>;
  /** Takes counters away, so that what is loaded next counts whatever its version. */
  dropCounters: (tenantId: string, subjects: readonly string[]) => Promise<void>;
  log: Logger;
}>;

const checkedTotal = new Counter({
  name: 'guerdon_limit_checked_total',
  help: 'Subjects of limits whose usage was compared with the counters in Redis',
});

const driftTotal = new Counter({
  name: 'guerdon_limit_drift_total',
  help: 'Counters of limits that Redis had otherwise than Postgres: behind, corrupt or ahead',
  labelNames: ['kind'] as const,
});

/** Subjects read from Redis at once; each has some numbers for each day it keeps. */
const pageMax = 200;

/**
 * Compares the next usages with the counters of limits, in the order of their keys and round and round, and makes the counters equal to
 * Postgres where they are there and are not. At most `comparedMax`, and none twice.
 */
export const compareCounters = async (
  dependencies: CounterDependencies,
  comparedMax: number,
): Promise<void> => {
  const { usages, counterPosition } = dependencies;
  let after = await counterPosition.find();
  for (let left = comparedMax; left > 0; left -= pageMax) {
    const usagesMax = Math.min(left, pageMax);
    const page = await usages.page(after, usagesMax);
    for (const [tenantId, own] of byTenant(page)) await comparePage(dependencies, tenantId, own);
    checkedTotal.inc(page.length);
    after = page.length < usagesMax ? undefined : page.at(-1);
    await counterPosition.save(after);
    if (after === undefined) return;
  }
};

type Compared = Readonly<{
  standing: StandingUsage;
  cached: Usage | undefined;
  state: CounterState;
}>;

const comparePage = async (
  dependencies: CounterDependencies,
  tenantId: string,
  page: readonly StandingUsage[],
): Promise<void> => {
  const { counters, dropCounters, usages } = dependencies;
  const all = await counters.read(tenantId, subjectsOf(page));
  const compared = page.map((standing): Compared => {
    const cached = all.get(standing.subject);
    return { standing, cached, state: judgeCounters(standing, cached) };
  });
  const inState = (...states: CounterState[]) =>
    compared.filter(({ state }) => states.includes(state));
  const behind = inState('behind');
  const wrong = await confirmWrong(dependencies, inState('corrupt', 'ahead'));
  for (const { state: kind } of [...behind, ...wrong]) driftTotal.inc({ kind });

  // Dropped before Postgres is read: what is committed after the read settles itself, or is loaded by who asks.
  const wrongUsages = wrong.map(({ standing }) => standing);
  await dropCounters(tenantId, subjectsOf(wrongUsages));
  const replacing = await usages.find(wrongUsages);
  await counters.load(
    tenantId,
    usagesOf([...behind.map(({ standing }) => standing), ...replacing]),
  );
};

/** Looks at Postgres again: a commit since the first look explains newer counters. */
const confirmWrong = async (
  { usages, log }: CounterDependencies,
  suspects: readonly Compared[],
): Promise<readonly Compared[]> => {
  const found = await usages.find(suspects.map(({ standing }) => standing));
  const now = new Map(found.map((standing) => [standing.subject, standing]));
  const wrong = suspects.filter(({ standing, cached, state }) => {
    const { usage } = now.get(standing.subject) ?? standing;
    return judgeCounters({ usage, isSettled: standing.isSettled }, cached) === state;
  });
  for (const { standing, cached, state } of wrong)
    log.error({ standing, cached, state }, 'counters of a limit were wrong');
  return wrong;
};

const subjectsOf = (usages: readonly StandingUsage[]): readonly string[] =>
  usages.map(({ subject }) => subject);

const usagesOf = (usages: readonly StandingUsage[]) =>
  new Map(usages.map(({ subject, usage }) => [subject, usage]));

const byTenant = (
  usages: readonly StandingUsage[],
): ReadonlyMap<string, readonly StandingUsage[]> => Map.groupBy(usages, ({ tenantId }) => tenantId);
