import type { IncentiveEvent } from '#shared/domain/incentives/incentive.ts';
import type { Fact } from './fact.ts';
import { incentiveEventOf } from './incentive-fact.ts';
import type { Unpublished } from './publisher.ts';

type IncentiveEventKey = Readonly<{ incentiveId: string; event: IncentiveEvent }>;

/** The log of incentives as far as it is told what was published. */
type Log = Readonly<{
  markPublished: (events: readonly IncentiveEventKey[]) => Promise<void>;
  keep: (unpublished: readonly (IncentiveEventKey & Readonly<{ error: Error }>)[]) => Promise<void>;
}>;

/** The log of incentives in the place of an outbox: it holds their events without storing them. */
export const incentiveOutbox = ({ markPublished, keep }: Log) => ({
  remove: (facts: readonly Fact[]): Promise<void> =>
    markPublished(facts.flatMap((fact) => incentiveEventOf(fact) ?? [])),
  keep: (unpublished: readonly Unpublished[]): Promise<void> =>
    keep(
      unpublished.flatMap(({ fact, error }) => {
        const published = incentiveEventOf(fact);
        return published === undefined ? [] : [{ ...published, error }];
      }),
    ),
});
