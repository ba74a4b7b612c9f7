import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cron } from 'croner';
import { verdictOn } from './delivery/answer.ts';
import type { Target } from './delivery/target.ts';
import type { Resource } from './manifests/resources.ts';
import type { RoutedEvent } from './routed-event.ts';

type PingSpec = Resource<'PingSource'>['spec'];

const isObject = (json: string): boolean => {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

/** The payload of every tick, by the rules of Knative's webhook. */
const dataOf = ({ data, dataBase64, contentType }: PingSpec): Buffer | undefined => {
  if (data !== undefined && dataBase64 !== undefined) {
    throw new Error('data and dataBase64 exclude each other');
  }
  if (data !== undefined && contentType === 'application/json' && !isObject(data)) {
    throw new Error('data of content type application/json must be a JSON object');
  }
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
    if (verdictOn(await target.send(event, TIMEOUT_MS)) !== 'retry') return;
    await sleep(FIRST_BACKOFF_MS * 2 ** retry);
  }
};

/** A PingSource: ticks by its schedule in its time zone, and never catches up on what it missed. */
export const runPingSource = (
  source: Resource<'PingSource'>,
  target: Target,
): Readonly<{ stop: () => void }> => {
  const { schedule, timezone } = source.spec;
  try {
    pingEvent(source, new Date());
    const cron = new Cron(schedule, { ...(timezone && { timezone }) }, () => {
      void send(pingEvent(source, new Date()), target);
    });
    return { stop: () => cron.stop() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${source.origin}: ${reason}`, { cause: error });
  }
};
