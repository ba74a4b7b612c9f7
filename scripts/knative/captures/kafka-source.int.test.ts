/**
 * All captured records in one partition of a real Kafka, through a KafkaSource to a sink over HTTP.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { kafkaSource } from '#shared/testing/worlds/kafka-source.ts';
import { playManifests } from '../play-manifests.ts';
import { recordingSink } from '../receivers/recording-sink.ts';
import { recordOf, type SourceCapture } from './captured-record.ts';
import { answerTo, captured, received } from './captured-request.ts';
import recorded from './kafka-source.json' with { type: 'json' };

const captures: readonly SourceCapture[] = recorded;
const letters = '/guerdon/dead-letters';

const source = (topic: string, url: string) =>
  kafkaSource('orders', {
    topics: [topic],
    sink: { uri: url },
    delivery: { retry: 2, backoffDelay: 'PT0.005S', deadLetterSink: { uri: url + letters } },
  });

type Place = Readonly<{ topic: string; offset: number; url: string }>;

/** The requests of a capture, as if its record had been in partition 0 of another topic. */
const requestsAt = (capture: SourceCapture, { topic, offset, url }: Place) => {
  const { partition, message } = recordOf(capture);
  const moved: Readonly<Record<string, string>> = {
    [`partition:${partition}/offset:${message.offset}`]: `partition:0/offset:${offset}`,
    [`partition:${partition}#${message.offset}`]: `partition:0#${offset}`,
    '/apis/v1/namespaces/guerdon/kafkasources/orders#orders': `/apis/v1/namespaces/guerdon/kafkasources/orders#${topic}`,
    'http://127.0.0.1:28300': url,
  };
  const place = { 'ce-knativekafkapartition': '0', 'ce-knativekafkaoffset': String(offset) };
  return capture.requests.map((request) => {
    const { headers, ...rest } = captured(request);
    const values = Object.entries(headers).map(([name, value]) => [name, moved[value] ?? value]);
    return { ...rest, headers: { ...Object.fromEntries(values), ...place } as typeof headers };
  });
};

test.skipIf(!hasKafka())(
  'every captured record arrives over Kafka and HTTP as captured',
  async () => {
    const { brokers, createTopic } = testKafka();
    const topic = await createTopic('orders');
    const sink = await recordingSink();
    const directory = await mkdtemp(join(tmpdir(), 'guerdon-captured-'));
    onTestFinished(async () => {
      await sink.close();
      await rm(directory, { recursive: true });
    });
    const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const messages = captures.map((capture) => {
      const { key, value, headers, timestamp } = recordOf(capture).message;
      return { key, value, headers, timestamp };
    });
    await producer.send({ topic, messages });
    await producer.disconnect();

    sink.answer(({ url, headers }) => {
      const [request, letter] = captures[Number(headers['ce-knativekafkaoffset'])]!.requests;
      return url === letters ? { status: 202 } : answerTo(request!, letter);
    });
    const place = { directory, brokers, namespace: 'guerdon' };
    const knative = await playManifests(place, source(topic, sink.url));
    await knative.drained();
    await knative.stop();

    const expected = captures.flatMap((capture, offset) =>
      requestsAt(capture, { topic, offset, url: sink.url }),
    );
    expect(sink.received.map((ours, n) => received(ours, expected[n]!))).toEqual(expected);
  },
);
