import type { RoutedEvent } from '../events/routed-event.ts';
import type { Answer } from './answer.ts';

/**
 * Something that accepts events: a function, a topic, a Broker. `send` never rejects; an outcome
 * without status means that there was no response.
 */
export type Target = Readonly<{
  /** Its address in a cluster, which dead letters contain. */
  url: string;
  send: (event: RoutedEvent, timeoutMs: number) => Promise<Answer>;
}>;
