import { Unavailable } from '#shared/domain/errors.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher, Unpublished } from '#shared/eventing/publisher.ts';

/**
 * A publisher that keeps what it publishes, and fails each event for which `errorOf` returns an
 * error.
 */
export const recordingPublisher = (
  errorOf: (fact: Fact) => Unpublished['error'] | undefined = () => undefined,
): Publisher & Readonly<{ published: Fact[] }> => {
  const published: Fact[] = [];
  return {
    published,
    publish: (facts) => {
      const errors = facts.map(errorOf);
      published.push(...facts.filter((_fact, index) => errors[index] === undefined));
      return Promise.resolve(
        facts.flatMap((fact, index) => {
          const error = errors[index];
          return error === undefined ? [] : [{ fact, error }];
        }),
      );
    },
    close: () => Promise.resolve(),
  };
};

/** What a publisher returns while Kafka cannot be reached. */
export const kafkaUnavailable = new Unavailable('kafka', 'Kafka is unavailable');
