import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import type { ComparedSource } from '#functions/reconcile-rewards/topics/compared-sources.ts';
import { topicDependencies } from '#functions/reconcile-rewards/topics/topic-dependencies.ts';
import type { RoutedEvent } from '#scripts/knative/events/routed-event.ts';
import { lostRecords } from '#scripts/knative/kafka/lost-records.ts';
import {
  cloudEventIn,
  type KafkaRecord,
  wrapPlainRecord,
} from '#scripts/knative/kafka/record-to-event.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { assert } from '#shared/domain/assert.ts';
import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { Kafka, logLevel, type Message } from '#shared/eventing/kafka/kafkajs.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import type { EventHandler } from '#shared/runtime/events/event-handler.ts';
import { createEventFunction } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { hosted } from '#shared/testing/servers/hosted.ts';
import { testDatabase, testKafka, testRedisClient } from '#shared/testing/servers/servers.ts';
import { eventFunctions } from '../event-functions.ts';

const silent = pino({ level: 'silent' });

/** Records that the dispatcher takes from Kafka in one poll. */
const pollRecords = 50;

const partitions = 3;

type PartitionEnd = Readonly<{ partition: number; offset: number }>;

/** The functions behind the sources, on stores of the test file's own. */
const functionsOf = async (url: string) => {
  const sql = connectPostgres({ url, max: 12 });
  const redis = await testRedisClient();
  afterAll(() => sql.end());
  const { awarding, evaluating, limiting, pushing } = eventFunctions({
    ...{ sql, redis, clock: systemClock },
  });
  const handlers: Readonly<Record<string, readonly EventHandler[]>> = {
    orders: awarding,
    'tenant-events': evaluating,
    'campaign-qualified': limiting,
    'incentive-generated': pushing,
  };
  const asks = new Map<string, Awaited<ReturnType<typeof hosted>>>();
  for (const [name, own] of Object.entries(handlers))
    asks.set(
      name,
      await hosted(createEventFunction({ handlers: own, publisher: recordingPublisher() }, silent)),
    );
  return { sql, asks };
};

/**
 * New topics, and a data plane between them and the functions, which loses records as the real one
 * does: with a plain record that has a header without a value, every plain record of its poll is
 * lost; one with a control character in key or header is lost alone.
 */
export const sourceWorld = async () => {
  const { url } = await testDatabase();
  const { brokers, createTopic } = testKafka();
  const { sql, asks } = await functionsOf(url);
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  beforeAll(() => Promise.all([admin.connect(), producer.connect()]));
  afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));
  const sources: ComparedSource[] = [];
  for (const name of asks.keys()) {
    const topic = await createTopic(name, { numPartitions: partitions });
    sources.push({ name, topic, group: `group-${randomUUID()}` });
  }
  const lettersTopic = await createTopic('dead-letters', { numPartitions: 2 });

  const sourceOf = (name: string): ComparedSource => {
    const source = sources.find((each) => each.name === name);
    assert(source, `there is a source ${name}`);
    return source;
  };
  const committed = async ({ group, topic }: ComparedSource) => {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    return new Map(
      found?.partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]),
    );
  };

  /**
   * Commits offsets of a source's group; the admin client of kafkajs takes five seconds for that.
   */
  const commit = async (
    { group: groupId, topic }: ComparedSource,
    ends: readonly PartitionEnd[],
  ): Promise<void> => {
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
    const joined = new Promise((resolve) => void consumer.on('consumer.group_join', resolve));
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    await joined;
    await consumer.commitOffsets(
      ends.map(({ partition, offset }) => ({ topic, partition, offset: String(offset) })),
    );
    await consumer.disconnect();
  };

  /**
   * Stores a dead letter with store-dead-letter; for every other record, as the KafkaSink did
   * earlier, if that form shows its topic.
   */
  const keepLetter = async (
    name: string,
    { partition, message: { offset } }: KafkaRecord,
    { attributes, data }: RoutedEvent,
  ): Promise<void> => {
    const isOld = Number(offset) % 2 === 1 && attributes['type'] !== 'shop.opened';
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([attribute, text]) => [`ce_${attribute}`, text]),
    );
    const key = isOld ? (attributes['partitionkey'] ?? null) : `${name}/${partition}/${offset}`;
    await producer.send({ topic: lettersTopic, messages: [{ key, value: data ?? null, headers }] });
  };

  /** Posts one record as the dispatcher does, and stores a dead letter if it is refused. */
  const post = async (name: string, record: KafkaRecord): Promise<void> => {
    const event =
      cloudEventIn(record) ??
      wrapPlainRecord(record, { namespace: 'guerdon', name, keyType: 'string' });
    const { datacontenttype, ...attributes } = event.attributes;
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([attribute, text]) => [`ce-${attribute}`, text]),
    );
    const ask = asks.get(name);
    assert(ask, `a function takes ${name}`);
    const answer = await ask('/', {
      method: 'POST',
      headers: { ...headers, ...(datacontenttype && { 'content-type': datacontenttype }) },
      body: event.data === undefined ? null : new Uint8Array(event.data),
    });
    if (answer !== '204') await keepLetter(name, record, event);
  };

  const isUnsendable = ({ key, headers = {} }: TopicRecord) =>
    [key, ...Object.values(headers)].some((text) => /\p{Cc}/u.test(String(text ?? '')));
  const deliverPoll = async (name: string, poll: readonly TopicRecord[]): Promise<void> => {
    const records = poll.map((message) => ({ topic: name, partition: message.partition, message }));
    const lost = lostRecords(records);
    const delivered = records.filter(
      (record) => !lost.has(record) && !isUnsendable({ ...record.message, partition: 0 }),
    );
    await Promise.all(delivered.map((record) => post(name, record)));
  };

  return {
    ...{ sql, url, brokers, admin, sources, sourceOf, lettersTopic },
    /** Another process that compares. */
    comparing: () => {
      const own = connectPostgres({ url, max: 4 });
      afterAllEnds.push(() => own.end());
      return topicDependencies({
        ...{ sql: own, brokers, decode: avroDecoder({}), log: silent, sources, lettersTopic },
      });
    },
    /** The offset of the next record of a partition. */
    endOf: async (name: string, partition: number): Promise<number> => {
      const ends = await admin.fetchTopicOffsets(sourceOf(name).topic);
      return Number(ends.find((each) => each.partition === partition)?.high);
    },
    commit: (name: string, partition: number, offset: number) =>
      commit(sourceOf(name), [{ partition, offset }]),
    write: (name: string, messages: readonly Message[]) =>
      producer.send({ topic: sourceOf(name).topic, messages: [...messages] }),
    /**
     * Delivers what was written since the last call; the last `inFlight` records of each partition
     * stay uncommitted.
     */
    deliver: async (name: string, { inFlight = 0 } = {}): Promise<void> => {
      const source = sourceOf(name);
      const from = await committed(source);
      const all = await readTopic(brokers, source.topic);
      const ends: PartitionEnd[] = [];
      for (const [partition, records] of Map.groupBy(all, (record) => record.partition)) {
        const due = records.filter(({ offset }) => Number(offset) >= (from.get(partition) ?? 0));
        for (let at = 0; at < due.length; at += pollRecords)
          await deliverPoll(name, due.slice(at, at + pollRecords));
        ends.push({ partition, offset: Number(records.at(-1)?.offset ?? -1) + 1 - inFlight });
      }
      await commit(source, ends);
    },
  };
};

const afterAllEnds: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(afterAllEnds.map((end) => end())));
