import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cron } from 'croner';
import type { Resource } from '#scripts/manifests/kinds.ts';
import { outcomeOf } from '../delivery/answer.ts';
import type { Target } from '../delivery/target.ts';
import type { RoutedEvent } from '../events/routed-event.ts';

type PingSpec = Resource<'PingSource'>['spec'];

/** The payload of every tick. */
const dataOf = ({ data, dataBase64 }: PingSpec): Buffer | undefined => {
  if (dataBase64 !== undefined) return Buffer.from(dataBase64, 'base64');
  return data === undefined ? undefined : Buffer.from(data);
};

/** One tick as an event. */
export const pingEvent = ({ metadata, spec }: Resource<'PingSource'>, now: Date): RoutedEvent => {
  const { contentType } = spec;
  return {
    attributes: {
      specversion: '1.0',
      id: randomUUID(),
      type: 'dev.knative.sources.ping',
      source: `/apis/v1/namespaces/${metadata.namespace}/pingsources/${metadata.name}`,
      time: now.toISOString(),
      ...(contentType !== undefined && { datacontenttype: contentType }),
    },
    data: dataOf(spec),
  };
};

const RETRIES = 5;
const FIRST_BACKOFF_MS = 50;
const TIMEOUT_MS = 30_000;

/** Five retries within two seconds; after that the tick is lost, as it is in Knative. */
const send = async (event: RoutedEvent, target: Target): Promise<void> => {
  for (let retry = 0; retry <= RETRIES; retry += 1) {
    if (outcomeOf(await target.send(event, TIMEOUT_MS)) !== 'retry') return;
    await sleep(FIRST_BACKOFF_MS * 2 ** retry);
  }
};

/** A PingSource: ticks by its schedule in its time zone, and never makes up for missed ticks. */
export const runPingSource = (
  source: Resource<'PingSource'>,
  target: Target,
): Readonly<{ stop: () => void }> => {
  const { schedule, timezone } = source.spec;
  const cron = new Cron(schedule, { ...(timezone && { timezone }) }, () => {
    void send(pingEvent(source, new Date()), target);
  });
  return { stop: () => cron.stop() };
};
