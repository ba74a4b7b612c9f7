import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { Kafka, logLevel, type Message } from '#shared/eventing/kafka/kafkajs.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';

const root = resolve(import.meta.dirname, '../..');
const kafka = testKafka();

describe.skipIf(!hasKafka())('npm run redrive', () => {
  const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING });
  const producer = client.producer();
  beforeAll(() => producer.connect());
  afterAll(() => producer.disconnect());

  const start = (...args: readonly string[]) => {
    return spawn(join(root, 'scripts/run.sh'), ['scripts/redrive.ts', ...args], {
      cwd: root,
      env: { ...process.env, KAFKA_BROKERS: kafka.brokers.join(',') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  const run = async (...args: readonly string[]) => {
    const child = start(...args);
    const exit = once(child, 'exit') as Promise<[number]>;
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      exit,
    ]);
    return { code, output: output.trim().split('\n'), errors: errors.trim() };
  };

  const letter = (
    topic: string,
    number: number,
    { code = 'unknown-tenant', status = '400', bytes = 300 } = {},
  ): Message => {
    const problem = Buffer.from(JSON.stringify({ code, detail: 'd' })).toString('base64');
    const attributes = {
      specversion: '1.0',
      id: `partition:0/offset:${number}`,
      source: `/apis/v1/namespaces/guerdon/kafkasources/tenant-events#${topic}`,
      type: 'dev.knative.kafka.event',
      partitionkey: `c-${number % 50}`,
      kafkaheadertrace: `t-${number}`,
      knativeerrorcode: status,
      knativeerrordata: problem,
    };
    const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]);
    const value = JSON.stringify({ eventId: `e-${number}`, note: 'x'.repeat(bytes) });
    return {
      key: `c-${number % 50}`,
      value,
      headers: Object.fromEntries(headers) as Record<string, string>,
    };
  };
  const world = async (partitions = 3) => {
    const settings = { numPartitions: partitions };
    const letters = await kafka.createTopic('letters', {
      ...settings,
      configEntries: [{ name: 'max.message.bytes', value: '4194304' }],
    });
    const target = await kafka.createTopic('target', settings);
    return {
      letters,
      target,
      write: async (messages: readonly Message[]) => {
        for (let at = 0; at < messages.length; at += 500)
          await producer.send({ topic: letters, messages: messages.slice(at, at + 500) });
      },
      /** Event ids in the target, in the order of its partitions. */
      sent: async () => {
        const records = await readTopic(kafka.brokers, target);
        return records.map(
          ({ value }) => (JSON.parse(String(value)) as { eventId: string }).eventId,
        );
      },
    };
  };
  const numbered = (target: string, count: number, options?: Parameters<typeof letter>[2]) =>
    Array.from({ length: count }, (_, number) => letter(target, number, options));
  const ids = (count: number) => Array.from({ length: count }, (_, number) => `e-${number}`).sort();

  it('sends thousands of letters in requests that Kafka accepts, each once however often it runs', async () => {
    const { letters, target, write, sent } = await world();
    await write(numbered(target, 6_000, { bytes: 900 }));
    const dry = await run('send', '--from', letters, '--dry-run');
    expect(dry).toMatchObject({ code: 0, output: [`6000 would be sent to ${target} again`] });
    expect(await sent()).toEqual([]);
    const first = await run('send', '--from', letters);
    expect(first).toEqual({ code: 0, output: [`6000 sent to ${target} again`], errors: '' });
    expect(await run('send', '--from', letters)).toMatchObject({
      output: ['No dead letter matches'],
    });
    expect((await sent()).sort()).toEqual(ids(6_000));
    await write([letter(target, 6_000)]);
    await run('send', '--from', letters);
    expect((await sent()).sort()).toEqual(ids(6_001));
    const [record] = await readTopic(kafka.brokers, target);
    expect(String(record?.headers?.['trace'])).toMatch(/^t-\d+$/);
  });

  it('loses nothing and repeats at most one chunk if it is killed', async () => {
    const { letters, target, write, sent } = await world(1);
    await write(numbered(target, 2_000));
    const child = start('send', '--from', letters, '--rate', '20');
    await expect.poll(sent).not.toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await sent()).length).toBeLessThan(2_000);

    // Until the session of the dead process has ended, the next one refuses.
    await expect.poll(async () => (await run('send', '--from', letters)).errors).toBe('');
    const all = await sent();
    expect([...new Set(all)].sort()).toEqual(ids(2_000));
    expect(all.length - 2_000).toBeLessThanOrEqual(20);
  });

  it('sends and drops only what is requested, and remembers which letters these were', async () => {
    const { letters, target, write, sent } = await world(1);
    const code = (number: number) => ({ code: number % 2 === 0 ? 'even' : 'odd' });
    await write(Array.from({ length: 10 }, (_, number) => letter(target, number, code(number))));
    expect((await run('send', '0/5', '--from', letters)).output).toEqual([
      `1 sent to ${target} again`,
    ]);
    expect((await run('drop', '--code', 'even', '--from', letters)).output).toEqual(['5 dropped']);
    expect((await run('list', '--from', letters)).output.at(-1)).toBe(
      '4 dead letters need attention, 0 are resent automatically, 0 were resent',
    );
    expect((await run('send', '--from', letters)).output).toEqual([`4 sent to ${target} again`]);
    expect(await sent()).toEqual(['e-5', 'e-1', 'e-3', 'e-7', 'e-9']);
    expect((await run('list', '--from', letters)).output).toEqual([
      '0 dead letters need attention, 0 are resent automatically, 0 were resent',
    ]);
  });

  it('ignores letters that are resent automatically, unless requested otherwise', async () => {
    const { letters, target, write, sent } = await world(1);
    await write([letter(target, 0), letter(target, 1, { status: '503' })]);
    const { output } = await run('list', '--from', letters);
    expect(output).toEqual([
      expect.stringMatching(/^0\/0 .* refused +400 unknown-tenant/),
      expect.stringMatching(/^0\/1 .* automatic +503 unknown-tenant/),
      '1 dead letters need attention, 1 are resent automatically, 0 were resent',
    ]);
    await run('send', '--from', letters);
    expect(await sent()).toEqual(['e-0']);
    await run('drop', '--all', '--from', letters);
    await run('send', '--automatic', '--from', letters);
    expect(await sent()).toEqual(['e-0', 'e-1']);
  });

  it('sends a letter that exists in several copies once, and remembers all of them', async () => {
    const { letters, target, write, sent } = await world(1);
    const stored = (number: number): Message => {
      const { headers, ...message } = letter(target, number);
      const [partition, offset] = ['0', String(number)];
      const at = { ce_knativekafkapartition: partition, ce_knativekafkaoffset: offset };
      return { ...message, key: `${target}/0/${number}`, headers: { ...headers, ...at } };
    };
    await write([stored(0), stored(1), stored(0), stored(2), stored(1), stored(0)]);
    expect((await run('list', '--from', letters)).output.at(-1)).toMatch(/^3 dead letters need/);
    expect((await run('send', '--from', letters)).output).toEqual([`3 sent to ${target} again`]);
    expect(await sent()).toEqual(['e-0', 'e-1', 'e-2']);
    expect((await run('list', '--from', letters)).output.at(-1)).toMatch(/^0 dead letters need/);
  });

  it('skips offsets without a letter, as compaction leaves them', async () => {
    const { letters, target, sent } = await world(1);
    // The end of a transaction takes an offset.
    const transactional = client.producer({ transactionalId: letters, idempotent: true });
    await transactional.connect();
    for (let number = 0; number < 5; number += 1) {
      const transaction = await transactional.transaction();
      await transaction.send({ topic: letters, messages: [letter(target, number)] });
      await transaction.commit();
    }
    await transactional.disconnect();
    expect((await run('send', '--from', letters)).output).toEqual([`5 sent to ${target} again`]);
    expect(await sent()).toEqual(['e-0', 'e-1', 'e-2', 'e-3', 'e-4']);
    const admin = client.admin();
    await admin.connect();
    const groupId = `redrive.${letters}`;
    const [group] = await admin.fetchOffsets({ groupId, topics: [letters] });
    const [{ offset, metadata } = { offset: '', metadata: 'none' }] = group?.partitions ?? [];
    // Without metadata there is no gap to remember; the last offset is that of a transaction's end.
    expect([Number(offset) >= 9, metadata ?? '']).toEqual([true, '']);
    await admin.disconnect();
  });

  it('keeps letters that are too large or have no topic, sends the rest, and lists both', async () => {
    const { letters, target, write, sent } = await world(1);
    const { headers, ...stranger } = letter(target, 2);
    await write([
      letter(target, 0),
      letter(target, 1, { bytes: 2_000_000 }),
      { ...stranger, headers: { ...headers, ce_type: 'shop.opened' } },
      letter(target, 3),
    ]);
    const { code, output } = await run('send', '--from', letters);
    expect(code).toBe(1);
    expect(output).toEqual([
      `2 sent to ${target} again`,
      `0/1 was not sent: it is too large for ${target}`,
      '0/2 was not sent: the topic that it came from is unknown',
    ]);
    expect(await sent()).toEqual(['e-0', 'e-3']);
    expect((await run('drop', '0/2', '--from', letters)).output).toEqual(['1 dropped']);
    expect((await run('list', '--from', letters)).output.at(-1)).toMatch(/^1 dead letters need/);
  });

  it.each([
    [['drop'], 'drop needs a place, a filter or --all'],
    [['send', 'here'], 'A place is partition/offset, such as 3/7; got here'],
    [['send', '--rate', '0'], "argument '0' is invalid. It must be a positive number"],
    [['send', '--from', 'no-such-topic'], 'Kafka refused the request'],
  ])('%j is refused with its reason', async (args, reason) => {
    const { code, errors } = await run(...args);
    expect({ code, errors }).toEqual({
      code: 1,
      errors: expect.stringContaining(reason) as string,
    });
  });
});
