import { Counter } from 'prom-client';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import type { Reservation } from '#shared/domain/limits/reservation.ts';
import type { LimitReader } from '#shared/stores/postgres/limit-reader.ts';
import type { Usages } from '#shared/stores/postgres/limit-usage.ts';
import type { LimitCounters } from '#shared/stores/redis/limit-counters.ts';
import { isRedisAway, type RedisCircuit } from '#shared/stores/redis/redis-circuit.ts';

/** Claims by their tenants. */
type ClaimsByTenant = ReadonlyMap<string, readonly LimitClaim[]>;

/** What Redis can say of caps before Postgres is asked; where Redis is away it says nothing, and nothing is lost. */
export type FastLimits = Readonly<{
  /** The ids of incentives that meet a full cap as far as is known here; the others are reserved where they can be. */
  likelyFull: (claims: ClaimsByTenant) => Promise<ReadonlySet<string>>;
  /** Tells what was committed, and ends the reservations of what was decided. */
  settle: (usages: Usages, decided: ClaimsByTenant) => Promise<void>;
}>;

type Dependencies = Readonly<{
  counters: Pick<LimitCounters, 'reserve' | 'load' | 'settle'>;
  circuit: RedisCircuit;
  limits: Pick<LimitReader, 'usages'>;
  /** Whoever asks has Postgres to turn to. */
  withinMs?: number;
}>;

const answersTotal = new Counter({
  name: 'guerdon_limit_answers_total',
  help: 'What the counters in Redis said of incentives: reserved, contended, cold, refused, or away',
  labelNames: ['answer'] as const,
});

/** Puts a circuit before the counters, and loads those that are missing from Postgres. */
export const fastLimits = ({
  counters,
  circuit,
  limits,
  withinMs = 250,
}: Dependencies): FastLimits => {
  const ask = async (tenantId: string, claims: readonly LimitClaim[]) => {
    const answers = await circuit.run(() => counters.reserve(tenantId, claims), withinMs);
    const missing = missingIn(answers);
    if (missing.length === 0) return answers;
    const usages = await limits.usages(tenantId, missing);
    await circuit.run(() => counters.load(tenantId, usages), withinMs);
    return circuit.run(() => counters.reserve(tenantId, claims), withinMs);
  };

  return {
    likelyFull: async (claims) => {
      const full = new Set<string>();
      const askOne = async ([tenantId, own]: [string, readonly LimitClaim[]]) => {
        const answers = await orNothing(() => ask(tenantId, own));
        own.forEach(({ incentiveId }, index) => {
          const answer = answers?.[index]?.kind ?? 'away';
          answersTotal.inc({ answer });
          if (answer === 'refused') full.add(incentiveId);
        });
      };
      await Promise.all(Array.from(claims, askOne));
      return full;
    },

    settle: async (usages, decided) => {
      const settleOne = (tenantId: string) =>
        orNothing(() =>
          circuit.run(
            () =>
              counters.settle(tenantId, {
                usages: usages.get(tenantId) ?? new Map(),
                decided: decided.get(tenantId) ?? [],
              }),
            withinMs,
          ),
        );
      await Promise.all([...new Set([...usages.keys(), ...decided.keys()])].map(settleOne));
    },
  };
};

const missingIn = (answers: readonly Reservation[]): readonly string[] => [
  ...new Set(answers.flatMap((answer) => (answer.kind === 'cold' ? answer.subjects : []))),
];

const orNothing = async <Result>(ask: () => Promise<Result>): Promise<Result | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (isRedisAway(error)) return undefined;
    throw error;
  }
};
