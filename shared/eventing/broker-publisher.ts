import { setTimeout as sleep } from 'node:timers/promises';
import { HTTP } from 'cloudevents';
import { Unavailable } from '#shared/domain/errors.ts';
import { outgoingEvent } from './outgoing-event.ts';
import type { Publication, Publisher } from './publisher.ts';

type Options = Readonly<{
  /** Where events are sent: what a SinkBinding says in K_SINK. */
  sink: string;
  /** Attributes that every event gets, above its own: what a SinkBinding says in K_CE_OVERRIDES. */
  extensions?: Readonly<Record<string, string>> | undefined;
  /** How long the sink may take for one event, at each attempt. */
  timeoutMs?: number;
}>;

const ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 100;

/**
 * Publishes facts to a Broker over HTTP, one after the other in their order, each resolved once the Broker has it in Kafka. What it
 * does not take is sent twice more, under the same id, before it is Unavailable; the facts before it stay published.
 */
export const brokerPublisher = ({
  sink,
  extensions = {},
  timeoutMs = 5_000,
}: Options): Publisher => ({
  publish: async (publications) => {
    for (const publication of publications) {
      await persist(() => post(sink, requestFor(publication, extensions), timeoutMs));
    }
  },
  // Connections belong to Node's own client, which lets them go by itself.
  close: () => Promise.resolve(),
});

type Message = Readonly<{ headers: Record<string, string>; body: string }>;

/**
 * A fact as a request in binary mode, by the CloudEvents HTTP binding:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
const requestFor = (
  publication: Publication,
  extensions: Readonly<Record<string, string>>,
): Message => {
  const { headers } = HTTP.binary({ ...outgoingEvent(publication), ...extensions });
  const safe = Object.entries(headers).map(([name, value]) => [name, headerText(String(value))]);
  return {
    headers: {
      ...(Object.fromEntries(safe) as Record<string, string>),
      'content-type': 'application/json',
    },
    body: JSON.stringify(publication.fact.data),
  };
};

/** What no header can carry is percent-encoded, as the binding asks. */
const headerText = (value: string): string =>
  value.toWellFormed().replaceAll(/[^\x20-\x7e]/gu, encodeURIComponent);

const post = async (sink: string, message: Message, timeoutMs: number): Promise<void> => {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(sink, { method: 'POST', redirect: 'manual', signal, ...message });
  // Read to its end, so that the connection is free again.
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The sink answered ${answer.status}: ${text.slice(0, 200)}`);
};

const persist = async (send: () => Promise<void>, attempt = 1): Promise<void> => {
  try {
    await send();
  } catch (error) {
    if (attempt === ATTEMPTS) {
      throw new Unavailable('broker', 'An event could not be sent to its sink', { cause: error });
    }
    await sleep(FIRST_BACKOFF_MS * 2 ** (attempt - 1));
    await persist(send, attempt + 1);
  }
};
