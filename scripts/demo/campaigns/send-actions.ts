import type { OrderRecord } from '#scripts/orders/order-record.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';

/** How actions were sent, and how fast they were handled. */
export type Pace = Readonly<{
  /** The rate of those whose frames are timed, how many there were, and when the last was sent. */
  perSecond: number;
  sent: number;
  untilMs: number;
  /** How many of the others, which were sent all at once, were handled per second. */
  handledPerSecond: number;
}>;

/** How long frames are timed. */
const timedSeconds = 10;

const perSecondMax = 200;

/** An action passes through three functions with a commit each, an order through one. */
const ordersPerAction = 8;

/**
 * The rate for timing frames on a machine that handles so many orders a second: well below its
 * capacity for actions, above which latencies would be the time in a queue.
 */
export const paceAfter = (ordersPerSecond: number): number =>
  Math.max(1, Math.min(perSecondMax, Math.floor(ordersPerSecond / ordersPerAction)));

/**
 * Sends ten seconds of actions at a fixed rate, then the others as fast as Kafka takes them, and
 * waits until all are handled.
 */
export const sendActions = async (
  { brokers, knative }: Pick<Platform, 'brokers' | 'knative'>,
  records: readonly OrderRecord[],
  perSecond: number,
): Promise<Pace> => {
  const timed = perSecond * timedSeconds;
  const target = { brokers, topic: 'tenant-events' };
  const sent = await sendOrders(records.slice(0, timed), { ...target, ratePerSecond: perSecond });
  const untilMs = Date.now();
  await knative.drained();
  const startedAt = performance.now();
  const rest = await sendOrders(records.slice(timed), target);
  await knative.drained();
  const seconds = (performance.now() - startedAt) / 1_000;
  return { perSecond, sent, untilMs, handledPerSecond: Math.round(rest / seconds) };
};
