import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { deliverRecords, type Outgoing, type TopicRecords } from './kafka-writer.ts';

const refusal = (type: string) =>
  new KafkaJSProtocolError({ name: 'KafkaJSProtocolError', type, code: 0, message: type } as never);

/** Delivers records named `topic/value` to a Kafka that fails by what is in a request. */
const deliver = async (
  names: readonly string[],
  failure: (names: readonly string[]) => Error | undefined,
) => {
  const requests: string[][] = [];
  const settled: Record<string, string> = {};
  const nameOf = ({ topic, message }: TopicRecords[number]) => `${topic}/${String(message.value)}`;
  const send = (records: TopicRecords): Promise<void> => {
    const sent = records.map(nameOf);
    requests.push(sent);
    const error = failure(sent);
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  };
  const records = names.map((name): Outgoing => {
    const [topic = '', value = ''] = name.split('/');
    const settle: Outgoing['settle'] = (error) => (settled[name] = error?.name ?? 'published');
    return { topic, message: { value }, settle };
  });
  const answers = await deliverRecords({ send }, records);
  return { answers, requests, settled };
};

describe('deliverRecords', () => {
  it('sends what Kafka takes in one request', async () => {
    const { requests, answers } = await deliver(['a/1', 'b/2'], () => undefined);
    expect([requests, answers]).toEqual([[['a/1', 'b/2']], true]);
  });

  it('finds the one record that Kafka refuses in a logarithmic number of requests', async () => {
    const names = Array.from({ length: 512 }, (_, number) => `a/${number}`);
    const { requests, settled, answers } = await deliver(names, (sent) =>
      sent.includes('a/77') ? refusal('MESSAGE_TOO_LARGE') : undefined,
    );
    const failed = Object.entries(settled).filter(([, outcome]) => outcome !== 'published');
    expect(failed).toEqual([['a/77', 'InvalidEvent']]);
    expect(requests).toHaveLength(1 + 2 * 9);
    expect(answers).toBe(true);
  });

  it('sends topics apart where one cannot be written to', async () => {
    const { requests, settled } = await deliver(['a/1', 'b/1', 'a/2'], (sent) =>
      sent.includes('b/1')
        ? new KafkaJSNumberOfRetriesExceeded(refusal('UNKNOWN_TOPIC_OR_PARTITION'), {
            retryCount: 3,
            retryTime: 1,
          })
        : undefined,
    );
    expect(settled).toEqual({ 'a/1': 'published', 'a/2': 'published', 'b/1': 'Unavailable' });
    expect(requests).toHaveLength(3);
  });

  it('fails all at once where Kafka does not answer', async () => {
    const { requests, settled, answers } = await deliver(['a/1', 'b/1'], () => new Error('reset'));
    expect(settled).toEqual({ 'a/1': 'Unavailable', 'b/1': 'Unavailable' });
    expect([requests.length, answers]).toEqual([1, false]);
  });

  it('loads in Node without a bundler, as scripts load it', async () => {
    const code = "await import('#shared/eventing/kafka/kafka-publisher.ts'); console.log('loaded')";
    const args = ['--no-warnings', '--input-type=module', '--eval', code];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe('loaded\n');
  }, 60_000);
});
