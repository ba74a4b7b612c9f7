import { Gauge } from 'prom-client';
import type { RefusedEvents } from '#shared/stores/postgres/journal/refused-events.ts';

export type RefusedDependencies = Readonly<{ refused: Pick<RefusedEvents, 'count'> }>;

const refusedEvents = new Gauge({
  name: 'guerdon_outbox_refused',
  help: 'Events that Kafka refused and that wait for an operator to retry them, as of the last run',
});

/** Shows how many events are set aside because Kafka refuses them. */
export const showRefused = async ({ refused }: RefusedDependencies): Promise<void> => {
  refusedEvents.set(await refused.count());
};
