import { Counter } from 'prom-client';
import { admit } from '#shared/domain/limits/admit.ts';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import type { Usages } from '#shared/stores/postgres/limit-usage.ts';
import type { LimitCounters } from '#shared/stores/redis/limit-counters.ts';
import { isRedisAway, type RedisCircuit } from '#shared/stores/redis/redis-circuit.ts';

/** Claims by their tenants. */
type ClaimsByTenant = ReadonlyMap<string, readonly LimitClaim[]>;

/**
 * Which caps are probably full, by what was committed a moment ago. A hint saves locks and never decides: Postgres confirms
 * each one. Neither method fails or waits for long while Redis is unavailable.
 */
export type LimitHints = Readonly<{
  /** The ids of incentives that exceed a cap according to the counters; a missing counter counts as unused. */
  likelyFull: (claims: ClaimsByTenant) => Promise<ReadonlySet<string>>;
  /** Updates the counters of the subjects by which claims are capped to what was committed. */
  update: (usages: Usages, claims: ClaimsByTenant) => Promise<void>;
}>;

type Dependencies = Readonly<{
  counters: LimitCounters;
  circuit: RedisCircuit;
  /** How long a batch waits for Redis. */
  withinMs?: number;
}>;

const hintsTotal = new Counter({
  name: 'guerdon_limit_hints_total',
  help: 'Incentives by what the counters in Redis show of their caps: full, room, or unavailable',
  labelNames: ['hint'] as const,
});

/** Reads hints from the counters in Redis, behind a circuit. */
export const limitHints = ({ counters, circuit, withinMs = 250 }: Dependencies): LimitHints => {
  const orUndefined = async <Result>(commands: () => Promise<Result>) => {
    try {
      return await circuit.run(commands, withinMs);
    } catch (error) {
      if (isRedisAway(error)) return undefined;
      throw error;
    }
  };

  return {
    likelyFull: async (claims) => {
      const ids = await Promise.all(
        Array.from(claims, async ([tenantId, own]) => {
          const subjects = cappedSubjects(own);
          if (subjects.length === 0) return [];
          const usages = await orUndefined(() => counters.read(tenantId, subjects));
          const full = own.filter((claim) => usages && admit(usages, claim).kind === 'refused');
          hintsTotal.inc({ hint: 'full' }, full.length);
          const others = own.length - full.length;
          hintsTotal.inc({ hint: usages === undefined ? 'unavailable' : 'room' }, others);
          return full.map(({ incentiveId }) => incentiveId);
        }),
      );
      return new Set(ids.flat());
    },

    update: async (usages, claims) => {
      await Promise.all(
        Array.from(claims, async ([tenantId, own]) => {
          const committed = cappedSubjects(own).flatMap((subject) => {
            const usage = usages.get(tenantId)?.get(subject);
            return usage === undefined ? [] : [[subject, usage] as const];
          });
          if (committed.length === 0) return;
          await orUndefined(() => counters.write(tenantId, new Map(committed)));
        }),
      );
    },
  };
};

const cappedSubjects = (claims: readonly LimitClaim[]): readonly string[] => [
  ...new Set(claims.flatMap(({ caps }) => caps.map(({ subject }) => subject))),
];
