import type { Delivery } from './events/event-handler.ts';

/** Names the event of a delivery in what it brings about: its source, a blank, its id. */
export const causeOf = ({ event }: Pick<Delivery<unknown>, 'event'>): string =>
  `${event.source} ${event.id}`;
