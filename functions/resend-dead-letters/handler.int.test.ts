import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrapPlainRecord } from '#scripts/knative/kafka/record-to-event.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { ResendTick } from '#shared/eventing/contracts/ticks.ts';
import { redriveGroup, resendGroup } from '#shared/eventing/dead-letters/consumer-groups.ts';
import { toDeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import { readHandled, walkLetters } from '#shared/eventing/dead-letters/walk-letters.ts';
import { type KafkaWriter, kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { Kafka, logLevel, type Message } from '#shared/eventing/kafka/kafkajs.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { resendDeadLetters } from './handler.ts';

const kafka = testKafka();
const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.parse('2026-11-21T10:00:00Z');
const source = '/apis/v1/namespaces/guerdon/kafkasources/orders';

type LetterOptions = Readonly<{
  status?: string;
  atMs?: number;
  resends?: number;
  firstLetterAt?: string;
}>;

/** A letter as the dead-letter sink writes it of a plain record. */
const letter = (topic: string, id: string, options: LetterOptions = {}): Message => {
  const { status = '503', atMs = start, resends, firstLetterAt } = options;
  const attributes = {
    ...{ specversion: '1.0', id: 'partition:0/offset:7', type: 'dev.knative.kafka.event' },
    ...{ source: `${source}#${topic}`, time: '2026-11-20T08:00:00Z', partitionkey: 'c-1' },
    ...{ kafkaheadertrace: 't-1', knativeerrordest: 'http://award-points' },
    ...(status !== '' && { knativeerrorcode: status }),
    ...(resends !== undefined && { kafkaheaderguerdonresends: String(resends) }),
    ...(firstLetterAt !== undefined && { kafkaheaderguerdonfirstletterat: firstLetterAt }),
  };
  const headers = Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text] as const);
  return { value: id, timestamp: String(atMs), headers: Object.fromEntries(headers) };
};

describe.skipIf(!hasKafka())('resendDeadLetters', () => {
  const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING });
  const writer = client.producer();
  const written = kafkaWriter({ brokers: kafka.brokers, clientId: 'test' });
  beforeAll(() => writer.connect());
  afterAll(() => Promise.all([writer.disconnect(), written.close()]));

  const world = async (numPartitions = 1) => {
    const letters = await kafka.createTopic('letters', { numPartitions });
    const target = await kafka.createTopic('target', { numPartitions: 1 });
    let now = start;
    const pod = (
      through: Pick<KafkaWriter, 'write'> = written,
      timeLimit = () => new AbortController().signal,
    ) => {
      const handlers = resendDeadLetters({
        walk: (pace, options) =>
          walkLetters({
            ...options,
            ...{ kafka: client, topic: letters, groupId: resendGroup(letters, pace) },
            isHandling: true,
          }),
        handledByHand: () =>
          readHandled(client, { topic: letters, groupId: redriveGroup(letters) }),
        writer: through,
        delayMs: { soon: 5 * minute, later: 60 * minute },
        clock: () => new Date(now),
        log: createLogger('test'),
        timeLimit,
      });
      return { tick: () => deliverOne(handlers, ResendTick) };
    };
    return {
      letters,
      target,
      pod,
      pass: (ms: number) => {
        now += ms;
      },
      write: (messages: readonly Message[]) =>
        writer.send({ topic: letters, messages: [...messages] }),
      resent: async () => readTopic(kafka.brokers, target),
    };
  };
  const valuesOf = (records: readonly TopicRecord[]) =>
    records.map(({ value }) => String(value)).sort();
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => `o-${n}`).sort();

  it('resends what failed transiently once it is due, and leaves refusals to an operator', async () => {
    const { target, pod, pass, write, resent } = await world(3);
    await write([
      letter(target, 'unavailable'),
      letter(target, 'unanswered', { status: '' }),
      letter(target, 'refused', { status: '400' }),
      letter(target, 'not due', { atMs: start + minute }),
      letter('no-such-topic', 'without a topic'),
    ]);
    const { tick } = pod();
    await tick();
    expect(await resent()).toEqual([]);
    pass(5 * minute + 1);
    await tick();
    expect(valuesOf(await resent())).toEqual(['unanswered', 'unavailable']);
    pass(minute);
    await tick();
    await tick();
    expect(valuesOf(await resent())).toEqual(['not due', 'unanswered', 'unavailable']);
  });

  it('resends a record as it was, and its next letter continues counting', async () => {
    const { target, pod, pass, write, resent } = await world();
    const firstLetterAt = new Date(start - day).toISOString();
    await write([letter(target, 'o-1', { resends: 4, firstLetterAt }), letter(target, 'o-2')]);
    pass(5 * minute + 1);
    await pod().tick();
    const [again, first] = await resent();
    expect(again).toMatchObject({
      key: Buffer.from('c-1'),
      timestamp: String(Date.parse('2026-11-20T08:00:00Z')),
      headers: {
        trace: Buffer.from('t-1'),
        guerdonresends: Buffer.from('5'),
        guerdonfirstletterat: Buffer.from(firstLetterAt),
      },
    });
    const { attributes } = wrapPlainRecord(
      { topic: target, partition: 0, message: first! },
      { namespace: 'guerdon', name: 'orders', keyType: 'string' },
    );
    const headers = Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text]);
    const next = {
      ...first!,
      headers: Object.fromEntries(headers) as Record<string, string>,
      timestamp: String(start + day),
    } as TopicRecord;
    expect(toDeadLetter(next)).toMatchObject({
      resends: 1,
      firstLetterAt: new Date(start),
    });
  });

  it('slows down after an hour and gives up after three days, when the letter stays', async () => {
    const { target, pod, pass, write, resent } = await world();
    const firstLetterAt = new Date(start - 3 * day).toISOString();
    await write([
      letter(target, 'twelve times', { resends: 12 }),
      letter(target, 'three days', { resends: 60, firstLetterAt }),
      letter(target, 'longer', { resends: 60, firstLetterAt, atMs: start + 1 }),
    ]);
    const { tick } = pod();
    pass(59 * minute);
    await tick();
    expect(await resent()).toEqual([]);
    pass(day);
    await tick();
    expect(valuesOf(await resent())).toEqual(['three days', 'twelve times']);
  });

  it('loses nothing when it dies between sending and committing', async () => {
    const { target, pod, pass, write, resent } = await world(3);
    await write(numbered(20).map((id) => letter(target, id)));
    pass(6 * minute);
    const dying: Pick<KafkaWriter, 'write'> = {
      write: async (records) => {
        await written.write(records);
        throw new Error('killed');
      },
    };
    await expect(pod(dying).tick()).rejects.toMatchObject({ name: 'Unavailable' });
    await pod().tick();
    expect([...new Set(valuesOf(await resent()))]).toEqual(numbered(20));
  });

  it('stops at its time limit, and continues with the next tick', async () => {
    const { target, pod, pass, write, resent } = await world();
    await write(numbered(1_200).map((id) => letter(target, id)));
    pass(6 * minute);
    const limit = new AbortController();
    const slow: Pick<KafkaWriter, 'write'> = {
      write: async (records) => {
        const results = await written.write(records);
        limit.abort();
        return results;
      },
    };
    await pod(slow, () => limit.signal).tick();
    expect(await resent()).toHaveLength(500);
    await pod().tick();
    expect(valuesOf(await resent())).toEqual(numbered(1_200));
  });

  it('resends each letter once or twice when ticks come twice and two pods work at once', async () => {
    const { target, pod, pass, write, resent } = await world(3);
    await write(numbered(300).map((id) => letter(target, id)));
    pass(6 * minute);
    const [one, other] = [pod(), pod()];
    await Promise.all([one.tick(), one.tick(), other.tick()]);
    await one.tick();
    await other.tick();
    const all = valuesOf(await resent());
    expect([...new Set(all)]).toEqual(numbered(300));
    expect(all.length).toBeLessThanOrEqual(600);
  });

  it('does not resend what an operator has sent or dropped', async () => {
    const { letters, target, pod, pass, write, resent } = await world();
    await write([letter(target, 'dropped'), letter(target, 'untouched')]);
    const dropFirst = { topic: letters, groupId: redriveGroup(letters), isHandling: true };
    await walkLetters({
      ...{ kafka: client, ...dropFirst, only: { partition: 0, offset: 0 } },
      visit: ({ handled, commit }) => {
        handled.add(0);
        return commit();
      },
    });
    pass(6 * minute);
    await pod().tick();
    expect(valuesOf(await resent())).toEqual(['untouched']);
  });
});
