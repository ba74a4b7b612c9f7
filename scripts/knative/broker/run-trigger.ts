import type { Resource } from '#scripts/manifests/kinds.ts';
import { type Answer, outcomeOf } from '../delivery/answer.ts';
import type { Target } from '../delivery/target.ts';
import { cloudEventIn } from '../kafka/record-to-event.ts';
import { triggerRoute } from '../sources/route.ts';
import { type DataPlane, runSource } from '../sources/run-source.ts';
import type { RunningSource } from '../statistics.ts';
import { eventFilter } from './event-filter.ts';
import { eventInMessage } from './event-in-message.ts';

/**
 * An empty reply is accepted, and an event is sent to the Broker; with any other reply the delivery
 * fails.
 */
const handleReply =
  (broker: Target, timeoutMs: number) =>
  async ({ headers = {}, body = Buffer.alloc(0) }: Answer): Promise<boolean> => {
    const isEmpty = body.length === 0 && headers['ce-specversion'] === undefined;
    if (isEmpty) return true;
    const reply = eventInMessage(headers, body);
    return reply !== undefined && outcomeOf(await broker.send(reply, timeoutMs)) === 'delivered';
  };

type Options = Readonly<{
  trigger: Resource<'Trigger'>;
  broker: Resource<'Broker'>;
  /** Where replies are sent: the Broker. */
  ingress: Target;
}>;

/** A Trigger: events of its Broker that pass its filter reach its subscriber. */
export const runTrigger = (
  plane: DataPlane,
  { trigger, broker, ingress }: Options,
): Promise<RunningSource> => {
  const route = triggerRoute(trigger, broker);
  const matches = eventFilter(trigger.spec);
  return runSource(plane, {
    ...route,
    toEvent: (record) => {
      const event = cloudEventIn(record);
      return event && matches(event) ? event : undefined;
    },
    onAccepted: handleReply(ingress, route.delivery.timeout),
  });
};
