import type { z } from 'zod';
import { InvalidEvent, type Unavailable } from '#shared/domain/errors.ts';
import { isInRange } from '#shared/domain/storable.ts';
import { aheadOfRecordMsMax, clocksApartMsMax } from '#shared/domain/time/clocks.ts';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { plainRecord } from '#shared/eventing/kafka/plain-record.ts';
import type { Unpublished } from '#shared/eventing/publisher.ts';

/** An event whose data fits its contract. */
export type Delivery<Data> = Readonly<{ event: CloudEvent; data: Data }>;

/**
 * The outcome of one event of a batch: the events that it caused, a permanent refusal, or what is
 * unavailable until it is delivered again.
 */
export type Outcome =
  | Readonly<{ kind: 'done'; domainEvents: readonly DomainEvent[] }>
  | InvalidEvent
  | Unavailable;

/** A contract with its handler. Handlers take any data here; `on` and `onBatch` check the types. */
export type EventHandler = Readonly<{
  contract: Contract;
  /**
   * A handler may call `committed` once the next batch may start while this one finishes; otherwise
   * the next batch starts when it resolves.
   */
  handle: (
    deliveries: readonly Delivery<unknown>[],
    committed?: () => void,
  ) => Promise<readonly Outcome[]>;
  /** How many events may be handled in one call. */
  itemsMax: number;
  /** Called with published events. */
  published?: (domainEvents: readonly DomainEvent[]) => Promise<void>;
  /**
   * Keeps events that could not be published, so that they are published later whether or not the
   * delivery is repeated. With it, a delivery does not fail for an event that Kafka refuses.
   */
  unpublished?: (unpublished: readonly Unpublished[]) => Promise<void>;
}>;

type Options = Pick<EventHandler, 'published' | 'unpublished'>;

/** Handles the events of a contract one by one. */
export const on = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  handle: (delivery: Delivery<z.output<Schema>>) => Promise<readonly DomainEvent[]>,
  options: Options = {},
): EventHandler => ({
  ...options,
  contract: contract,
  itemsMax: 1,
  handle: ([delivery]) =>
    handle(delivery as Delivery<z.output<Schema>>).then((domainEvents) => [
      { kind: 'done', domainEvents },
    ]),
});

/**
 * Handles events of a contract that are in flight together in one call, with one outcome each, in
 * order.
 */
export const onBatch = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  { itemsMax, ...options }: Options & Readonly<{ itemsMax: number }>,
  handle: (
    deliveries: readonly Delivery<z.output<Schema>>[],
    committed?: () => void,
  ) => Promise<readonly Outcome[]>,
): EventHandler => ({
  ...options,
  contract: contract,
  itemsMax,
  handle: handle as EventHandler['handle'],
});

/**
 * Checks an event's data against a contract; a record without a value is refused unless its
 * contract allows it.
 * @throws InvalidEvent naming every field that does not fit.
 */
export const parseData = (contract: Contract, event: CloudEvent): Delivery<unknown> => {
  const { data } = event;
  if (data === undefined && !contract.schema.safeParse(data).success)
    throw new InvalidEvent('no-data', `${contract.type} without data (tombstone?)`);
  if (Buffer.isBuffer(data)) {
    throw new InvalidEvent(
      'not-json',
      `${contract.type} must be JSON, got ${event.datacontenttype ?? 'bytes'}`,
    );
  }
  const result = contract.schema.safeParse(data);
  if (result.success) return { event, data: result.data };
  const defects = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'data'} ${message}`,
  );
  throw new InvalidEvent('invalid-data', `${contract.type}: ${defects.join('; ')}`);
};

/**
 * Finds the handler of an event: by its type, or for a plain Kafka record by its topic, and if a
 * topic has several contracts, by a field that only one of them has.
 */
export const createRouter = <Handler extends Readonly<{ contract: Contract }>>(
  handlers: readonly Handler[],
) => {
  const byType = new Map(handlers.map((handler) => [handler.contract.type, handler]));
  const byTopic = Map.groupBy(handlers, ({ contract }) => contract.topic);
  const ofRecord = (topic: string, data: unknown): Handler | undefined => {
    const candidates = byTopic.get(topic) ?? [];
    const has = (field: string) => typeof data === 'object' && data !== null && field in data;
    return (
      candidates.find(({ contract: { plainWith } }) => plainWith !== undefined && has(plainWith)) ??
      candidates.find(({ contract: { plainWith } }) => plainWith === undefined)
    );
  };
  return ({ type, source, data }: CloudEvent): Handler => {
    const handler =
      type === plainRecord
        ? ofRecord(source.slice(source.lastIndexOf('#') + 1), data)
        : byType.get(type);
    if (handler !== undefined) return handler;
    const what = type === plainRecord ? `records of ${source}` : `events of type ${type}`;
    throw new InvalidEvent('unknown-type', `This function does not accept ${what.slice(0, 200)}`);
  };
};

/**
 * The instant at which something happened: the one that the producer states, else the time of its
 * record, else now. Refused if the record has no readable time, or if the instant is further ahead
 * of the record, or of our own clock, than clocks may differ. An event that was accepted once is
 * accepted again, however late it is redelivered.
 */
export const instantOf = (
  stated: Date | undefined,
  { event }: Pick<Delivery<unknown>, 'event'>,
  now: Date,
): Date | InvalidEvent => {
  const recordedAt = event.time === undefined ? now : new Date(event.time);
  if (!isInRange(recordedAt)) {
    const detail = `The event's time must be an instant from 1970 to 2999, got ${event.time?.slice(0, 40)}`;
    return new InvalidEvent('invalid-time', detail);
  }
  const instant = stated ?? recordedAt;
  const latest = new Date(
    Math.min(recordedAt.getTime(), now.getTime() + clocksApartMsMax) + aheadOfRecordMsMax,
  );
  if (instant <= latest) return instant;
  const times = [instant, latest, recordedAt, now].map((time) => time.toISOString());
  const [dated, limit, recorded, present] = times;
  const detail = `It is dated ${dated}, after ${limit}: the latest for a record of ${recorded}, read at ${present}`;
  return new InvalidEvent('occurred-in-future', detail);
};

/** Whether an event of a batch is handled, or refused permanently. */
export const isAccepted = <Accepted>(result: Accepted | InvalidEvent): result is Accepted =>
  !(result instanceof InvalidEvent);

/** The outcomes of a whole batch, given those of what was accepted of it, in order. */
export const outcomesOf = (
  batch: readonly unknown[],
  accepted: readonly Outcome[],
): readonly Outcome[] => {
  const outcomes = accepted.values();
  return batch.map((result) =>
    isAccepted(result) ? (outcomes.next().value as Outcome) : (result as InvalidEvent),
  );
};
