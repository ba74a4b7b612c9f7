import { Counter } from 'prom-client';
import type {
  CohortMemberships,
  MembershipQuestion,
} from '../../postgres/cohorts/cohort-memberships.ts';
import { type RedisCircuit, whereAvailable } from '../driver/redis-availability.ts';
import type { BitmapAnswer, CohortBitmaps } from './cohort-bitmaps.ts';

type Dependencies = Readonly<{
  /** Exact for every question. */
  memberships: CohortMemberships;
  bitmaps: Pick<CohortBitmaps, 'read'>;
  circuit: RedisCircuit;
  /** Postgres answers what Redis does not answer in time. */
  readMs?: number;
}>;

const answersTotal = new Counter({
  name: 'guerdon_cohort_answers_total',
  help: 'Questions whether a user is in the cohorts of campaigns, by who answered: redis or postgres',
  labelNames: ['by'] as const,
});

/**
 * Answers from bitmaps where the event is in the window of each cohort, in one round trip per
 * batch, and from Postgres otherwise: late events, cohorts without a bitmap, Redis unavailable. The
 * answers are the same.
 */
export const cachedMemberships = ({
  memberships,
  bitmaps,
  circuit,
  readMs = 100,
}: Dependencies): CohortMemberships => ({
  among: async (questions) => {
    if (questions.every(({ cohorts }) => cohorts.size === 0)) return memberships.among(questions);
    const answers = new Map(
      await whereAvailable(circuit, () => readAll(bitmaps, questions), readMs),
    );
    const found = questions.map((question) =>
      fromBitmaps(answers.get(question.tenantId), question),
    );
    const open = questions.filter((_question, index) => found[index] === undefined);
    answersTotal.inc({ by: 'redis' }, questions.length - open.length);
    answersTotal.inc({ by: 'postgres' }, open.length);
    const rest = (open.length === 0 ? [] : await memberships.among(open)).values();
    return found.map((each) => each ?? rest.next().value ?? new Set());
  },
});

/** One read per tenant, all sent at once. */
const readAll = (
  bitmaps: Pick<CohortBitmaps, 'read'>,
  questions: readonly MembershipQuestion[],
): Promise<readonly (readonly [string, BitmapAnswer])[]> => {
  const byTenant = Map.groupBy(
    questions.filter(({ cohorts }) => cohorts.size > 0),
    ({ tenantId }) => tenantId,
  );
  return Promise.all(
    [...byTenant].map(async ([tenantId, own]) => {
      const cohorts = new Set(own.flatMap((question) => [...question.cohorts]));
      const users = own.map(({ userId }) => userId);
      return [tenantId, await bitmaps.read(tenantId, [...cohorts], users)] as const;
    }),
  );
};

/** Undefined unless every cohort of the question has a window with its instant. */
const fromBitmaps = (
  answer: BitmapAnswer | undefined,
  { userId, at, cohorts: asked }: MembershipQuestion,
): ReadonlySet<string> | undefined => {
  const cohorts = [...asked];
  const ms = at.getTime();
  const isKnown = cohorts.every((cohort) => {
    const window = answer?.windowOf(cohort);
    return window !== undefined && window.from <= ms && ms < window.until;
  });
  if (!isKnown) return undefined;
  return new Set(cohorts.filter((cohort) => answer?.isMember(userId, cohort)));
};
