import { Unavailable } from '#shared/domain/errors.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Publisher, Unpublished } from '#shared/eventing/publisher.ts';

/**
 * A publisher that keeps what it publishes, and fails each event for which `errorOf` returns an
 * error.
 */
export const recordingPublisher = (
  errorOf: (domainEvent: DomainEvent) => Unpublished['error'] | undefined = () => undefined,
): Publisher & Readonly<{ published: DomainEvent[] }> => {
  const published: DomainEvent[] = [];
  return {
    published,
    publish: (domainEvents) => {
      const errors = domainEvents.map(errorOf);
      published.push(...domainEvents.filter((_event, index) => errors[index] === undefined));
      return Promise.resolve(
        domainEvents.flatMap((domainEvent, index) => {
          const error = errors[index];
          return error === undefined ? [] : [{ domainEvent, error }];
        }),
      );
    },
    close: () => Promise.resolve(),
  };
};

/** What a publisher returns while Kafka cannot be reached. */
export const kafkaUnavailable = new Unavailable('kafka', 'Kafka is unavailable');
