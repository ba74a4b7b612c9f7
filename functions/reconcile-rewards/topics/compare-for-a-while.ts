import type { Logger } from '#shared/runtime/log.ts';
import { overAfter } from '#shared/runtime/over-after.ts';
import { compareTopics, type TopicDependencies } from './compare-topics.ts';

type Dependencies = TopicDependencies &
  Readonly<{
    /** Does the work unless another comparison is in progress. */
    exclusively: (work: () => Promise<void>) => Promise<unknown>;
    log: Logger;
  }>;

/**
 * Compares topics for this long at most, in milliseconds, unless a comparison is running; the next
 * run continues.
 * @throws Unavailable when Postgres, Kafka or the schema registry is.
 */
export const compareForAWhile = async (
  dependencies: Dependencies,
  comparedMsMax: number,
): Promise<void> => {
  await dependencies.exclusively(async () => {
    if (!(await compareTopics(dependencies, { isOver: overAfter(comparedMsMax) })))
      dependencies.log.info('compared topics in part; the next run continues');
  });
};
