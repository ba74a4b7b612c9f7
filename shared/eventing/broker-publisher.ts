import { setTimeout as sleep } from 'node:timers/promises';
import { HTTP } from 'cloudevents';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import { type DomainEvent, outgoingEvent } from './domain-event.ts';
import type { Publisher, Unpublished } from './publisher.ts';

type Options = Readonly<{
  /** Where events are sent: K_SINK, set by a SinkBinding. */
  sink: string;
  /** Attributes that override those of every event: K_CE_OVERRIDES, set by a SinkBinding. */
  extensions?: Readonly<Record<string, string>> | undefined;
  /** How long the sink may take for one event, at each attempt. */
  timeoutMs?: number;
}>;

const ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 100;

/**
 * Publishes events to a Broker over HTTP, one after the other in their order, each done once the
 * Broker has it in Kafka. An event that it does not accept is sent twice more under the same id; if
 * that fails, the following events are not tried. An event that it refuses as invalid or too large
 * fails alone.
 */
export const brokerPublisher = ({
  sink,
  extensions = {},
  timeoutMs = 5_000,
}: Options): Publisher => ({
  publish: async (domainEvents) => {
    const failed: Unpublished[] = [];
    for (const [index, domainEvent] of domainEvents.entries()) {
      const error = await persist(() => post(sink, requestFor(domainEvent, extensions), timeoutMs));
      if (error instanceof Unavailable)
        return [
          ...failed,
          ...domainEvents.slice(index).map((left) => ({ domainEvent: left, error })),
        ];
      if (error !== undefined) failed.push({ domainEvent, error });
    }
    return failed;
  },
  // Connections belong to Node's own client, which closes them when idle.
  close: () => Promise.resolve(),
});

type Message = Readonly<{ headers: Record<string, string>; body: string }>;

/**
 * An event as a request in binary mode, by the CloudEvents HTTP binding:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
const requestFor = (
  domainEvent: DomainEvent,
  extensions: Readonly<Record<string, string>>,
): Message => {
  const { headers } = HTTP.binary({ ...outgoingEvent(domainEvent), ...extensions });
  const safe = Object.entries(headers).map(([name, value]) => [name, headerText(String(value))]);
  return {
    headers: {
      ...(Object.fromEntries(safe) as Record<string, string>),
      'content-type': 'application/json',
    },
    body: JSON.stringify(domainEvent.data),
  };
};

/** Characters that headers cannot contain are percent-encoded, as the binding requires. */
const headerText = (value: string): string =>
  value.toWellFormed().replaceAll(/[^\x20-\x7e]/gu, encodeURIComponent);

const post = async (
  sink: string,
  message: Message,
  timeoutMs: number,
): Promise<InvalidEvent | undefined> => {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(sink, { method: 'POST', redirect: 'manual', signal, ...message });
  // Read to its end, so that the connection is free again.
  const text = await answer.text();
  if (answer.ok) return undefined;
  const problem = `The sink answered ${answer.status}: ${text.slice(0, 200)}`;
  if (refusals.includes(answer.status)) return new InvalidEvent('event-refused', problem);
  throw new Error(problem);
};

/** Bad request, content too large, unprocessable: the same event gets the same response again. */
const refusals: readonly number[] = [400, 413, 422];

const persist = async (
  send: () => Promise<InvalidEvent | undefined>,
  attempt = 1,
): Promise<Unpublished['error'] | undefined> => {
  try {
    return await send();
  } catch (error) {
    if (attempt === ATTEMPTS) {
      return new Unavailable('broker', 'The event could not be delivered to its sink', {
        cause: error,
      });
    }
    await sleep(FIRST_BACKOFF_MS * 2 ** (attempt - 1));
    return persist(send, attempt + 1);
  }
};
