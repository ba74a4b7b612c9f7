import { Counter } from 'prom-client';
import { admit } from '#shared/domain/limits/admit.ts';
import type { LimitRequest } from '#shared/domain/limits/limit-request.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import type { Usages } from '#shared/stores/postgres/limits/limit-usage.ts';
import {
  type RedisCircuit,
  whereAvailable,
} from '#shared/stores/redis/driver/redis-availability.ts';
import type { LimitCounters } from '#shared/stores/redis/limits/limit-counters.ts';

/** Requests by their tenants. */
type RequestsByTenant = ReadonlyMap<string, readonly LimitRequest[]>;

/**
 * Which caps are probably full, by what was committed a moment ago. A hint saves locks and never
 * decides: Postgres confirms each one. Neither method fails or waits for long while Redis is
 * unavailable.
 */
export type LimitHints = Readonly<{
  /**
   * The ids of incentives that exceed a cap according to the counters; a missing counter counts as
   * unused.
   */
  likelyFull: (requests: RequestsByTenant) => Promise<ReadonlySet<string>>;
  /**
   * Sets counters to what was committed, as far as they change a hint: of subjects that have
   * nothing left for one more request like these, and those by which requests that have room were
   * `hinted` as full.
   */
  update: (
    usages: Usages,
    requests: RequestsByTenant,
    hinted: ReadonlySet<string>,
  ) => Promise<void>;
}>;

type Dependencies = Readonly<{
  counters: LimitCounters;
  circuit: RedisCircuit;
  /** How long a batch waits for Redis. */
  withinMs?: number;
}>;

const hintsTotal = new Counter({
  name: 'guerdon_limit_hints_total',
  help: 'Incentives with caps by what the counters in Redis show: full, room, or unavailable',
  labelNames: ['hint'] as const,
});

/** Reads hints from the counters in Redis, behind a circuit. */
export const limitHints = ({ counters, circuit, withinMs = 250 }: Dependencies): LimitHints => {
  const orUndefined = <Result>(commands: () => Promise<Result>) =>
    whereAvailable(circuit, commands, withinMs);

  return {
    likelyFull: async (requests) => {
      const ids = await Promise.all(
        Array.from(requests, async ([tenantId, own]) => {
          const subjects = cappedSubjects(own);
          if (subjects.length === 0) return [];
          const usages = await orUndefined(() => counters.read(tenantId, subjects));
          const full = own.filter((request) => usages && admit(usages, request).kind === 'refused');
          hintsTotal.inc({ hint: 'full' }, full.length);
          const others = own.length - full.length;
          hintsTotal.inc({ hint: usages === undefined ? 'unavailable' : 'room' }, others);
          return full.map(({ incentiveId }) => incentiveId);
        }),
      );
      return new Set(ids.flat());
    },

    update: async (usages, requests, hinted) => {
      await Promise.all(
        Array.from(requests, async ([tenantId, own]) => {
          const committed = usages.get(tenantId) ?? new Map<string, never>();
          const changed = new Map(
            subjectsToWrite(own, committed, hinted).flatMap((subject) => {
              const usage = committed.get(subject);
              return usage === undefined ? [] : [[subject, usage] as const];
            }),
          );
          if (changed.size === 0) return;
          await orUndefined(() => counters.write(tenantId, changed));
        }),
      );
    },
  };
};

const subjectsToWrite = (
  requests: readonly LimitRequest[],
  committed: ReadonlyMap<string, Usage>,
  hinted: ReadonlySet<string>,
): readonly string[] =>
  requests.flatMap((request) => {
    const admission = admit(committed, request);
    if (admission.kind === 'refused') return [admission.subject];
    return hinted.has(request.incentiveId) ? request.caps.map(({ subject }) => subject) : [];
  });

const cappedSubjects = (requests: readonly LimitRequest[]): readonly string[] => [
  ...new Set(requests.flatMap(({ caps }) => caps.map(({ subject }) => subject))),
];
