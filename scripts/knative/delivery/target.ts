import type { RoutedEvent } from '../events/routed-event.ts';
import type { Answer } from './answer.ts';

/**
 * Something that takes events: a function, a topic, a Broker. It never rejects; an outcome without
 * status means that there was no response.
 */
export type Target = Readonly<{
  /** The address as it would be in a cluster; dead letters carry it. */
  url: string;
  send: (event: RoutedEvent, timeoutMs: number) => Promise<Answer>;
}>;
