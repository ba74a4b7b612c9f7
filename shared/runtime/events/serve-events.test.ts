import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import { RankSnapshotPublished } from '#shared/eventing/contracts/boards.ts';
import { ActionPerformed, ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { hosted } from '#shared/testing/servers/hosted.ts';
import { type Delivery, on, onBatch } from './event-handler.ts';
import { createEventFunction } from './serve-events.ts';

/** As KafkaSource sends a record that is neither a CloudEvent nor declared as JSON. */
const headers = {
  'ce-specversion': '1.0',
  'ce-id': 'partition:2/offset:41',
  'ce-source': '/apis/v1/namespaces/guerdon/kafkasources/tenant-events#tenant-events',
  'ce-type': 'dev.knative.kafka.event',
  'ce-key': 'default:c-1007',
};
const snapshotPublished = domainEventOf(RankSnapshotPublished, {
  cause: ['acme', 'x'],
  partitionKey: 'x',
  time: new Date(),
  data: RankSnapshotPublished.example,
});
const bytes = Buffer.from([0, 0, 0, 0, 7, 0xff]);

describe('a function of events, given data that begins with a zero byte', () => {
  let server: Server | undefined;
  let handled: [type: string, delivery: Delivery<unknown>][];
  beforeEach(() => {
    handled = [];
  });
  afterEach(() => {
    server?.close();
  });

  const note = (type: string) => (delivery: Delivery<unknown>) => {
    handled.push([type, delivery]);
    return Promise.resolve<readonly DomainEvent[]>([]);
  };

  const start = async (decode?: (data: Buffer) => Promise<unknown>) => {
    const parts = {
      handlers: [on(ActionPerformed, note('performed')), on(ActionReversed, note('reversed'))],
      publisher: recordingPublisher(),
      ...(decode && { decode }),
    };
    const handle = createEventFunction(parts, pino({ level: 'silent' }));
    server = createServer((request, response) => void handle(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return async (more: Record<string, string> = {}, body: Buffer = bytes) => {
      const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...more }, body });
      const problem = answer.status === 204 ? {} : ((await answer.json()) as { code?: string });
      return [answer.status, problem.code];
    };
  };

  it('hands it on as it was decoded, with all that came with it', async () => {
    const post = await start((data) => {
      expect(data).toEqual(bytes);
      return Promise.resolve(ActionPerformed.example);
    });
    expect(await post()).toEqual([204, undefined]);
    const [type, { event, data }] = handled[0]!;
    expect(type).toBe('performed');
    expect(data).toMatchObject({ eventId: 'e-900001', userId: 'c-1007' });
    expect(event).toMatchObject({
      id: 'partition:2/offset:41',
      source: headers['ce-source'],
      extensions: { key: 'default:c-1007' },
    });
  });

  it('finds the contract by what was decoded, or by the type of the event', async () => {
    const post = await start(() => Promise.resolve(ActionReversed.example));
    await post();
    await post({ 'ce-type': ActionReversed.type, 'content-type': 'application/avro' });
    expect(handled.map(([type]) => type)).toEqual(['reversed', 'reversed']);
  });

  it.each([
    ['refused', new InvalidEvent('unknown-schema', 'no'), [400, 'unknown-schema']],
    ['put off', new Unavailable('schema-registry', 'no'), [503, 'schema-registry-unavailable']],
  ])('answers what is %s while decoding', async (_what, error, answer) => {
    const post = await start(() => Promise.reject(error));
    expect(await post()).toEqual(answer);
    expect(handled).toEqual([]);
  });

  it('refuses it permanently where there is no decoder', async () => {
    const post = await start();
    expect(await post()).toEqual([400, 'not-json']);
  });

  it('decodes nothing else', async () => {
    const post = await start(() => Promise.reject(new Error('asked to decode')));
    const json = Buffer.from(JSON.stringify(ActionPerformed.example));
    expect(await post({}, json)).toEqual([204, undefined]);
    expect(await post({ 'content-type': 'application/json' })).toEqual([400, 'invalid-utf8']);
    expect(await post({ 'content-type': 'text/plain' }, json)).toEqual([400, 'not-json']);
    expect(await post({}, Buffer.alloc(0))).toEqual([400, 'no-data']);
  });
});

describe('a function of events, given one tenant with most of them', () => {
  it('has the event of another one in the next batch, and counts them by tenant and partition', async () => {
    const batches: string[][] = [];
    const gate = Promise.withResolvers<undefined>();
    const handler = onBatch(ActionPerformed, { itemsMax: 3 }, async (batch) => {
      batches.push(batch.map(({ data }) => data.tenantId));
      await gate.promise;
      return batch.map(() => ({ kind: 'done', domainEvents: [] }));
    });
    const parts = { handlers: [handler], publisher: recordingPublisher(), flushesMax: 1 };
    const handle = createEventFunction(parts, pino({ level: 'silent' }));
    const ask = await hosted(handle);
    const received = async () => {
      const { values } = await register.getSingleMetric('guerdon_partition_events_total')!.get();
      return values.find(({ labels }) => labels['partition'] === '2')?.value ?? 0;
    };
    const post = (tenantId: string, number: number) =>
      ask('/', {
        method: 'POST',
        headers: { ...headers, 'ce-id': `${tenantId}-${number}`, 'ce-knativekafkapartition': '2' },
        body: Buffer.from(
          JSON.stringify({ ...ActionPerformed.example, tenantId, eventId: `e-${number}` }),
        ),
      });
    const answers = [post('celebrity', 0)];
    await expect.poll(() => batches).toHaveLength(1);
    for (let number = 1; number <= 8; number += 1) answers.push(post('celebrity', number));
    await expect.poll(received).toBe(9);
    answers.push(post('other', 9));
    await expect.poll(received).toBe(10);
    gate.resolve(undefined);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['204']));
    expect(batches[1]).toContain('other');
  });
});

describe('a function of events, given one event that always breaks it', () => {
  it('gives up after a few attempts, and continues with the others', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({}, { write: (line) => void lines.push(JSON.parse(line) as never) });
    const handle = createEventFunction(
      {
        handlers: [
          onBatch(ActionPerformed, { itemsMax: 10 }, (batch) =>
            batch.some(({ data }) => data.eventId === 'e-bad')
              ? Promise.reject(new TypeError('x is undefined'))
              : Promise.resolve(batch.map(() => ({ kind: 'done', domainEvents: [] }))),
          ),
        ],
        publisher: recordingPublisher(),
      },
      log,
    );
    const server = createServer((request, response) => void handle(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const post = async (eventId: string) => {
      const body = Buffer.from(JSON.stringify({ ...ActionPerformed.example, eventId }));
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'ce-id': eventId },
        body,
      });
      return answer.status;
    };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const [bad, ...good] = await Promise.all(['e-bad', 'e-1', 'e-2'].map(post));
      expect(good).toEqual([204, 204]);
      statuses.push(bad ?? 0);
    }
    expect(statuses).toEqual([500, 500, 400]);
    expect(lines.find(({ code }) => code === 'gave-up')).toMatchObject({
      id: 'e-bad',
      err: { message: 'x is undefined' },
    });
    server.close();
  });
});

describe('a function of events, while the events of a batch are being published', () => {
  it('handles the next batch', async () => {
    const kafka = Promise.withResolvers<undefined>();
    const handled: number[] = [];
    const handlers = [
      onBatch(ActionPerformed, { itemsMax: 10 }, (batch) => {
        handled.push(batch.length);
        return Promise.resolve(
          batch.map(() => ({ kind: 'done' as const, domainEvents: [snapshotPublished] })),
        );
      }),
    ];
    const publisher = { ...recordingPublisher(), publish: () => kafka.promise.then(() => []) };
    const post = await hosted(
      createEventFunction({ handlers, publisher }, pino({ level: 'silent' })),
    );
    const body = Buffer.from(JSON.stringify(ActionPerformed.example));
    const send = () => post('/', { method: 'POST', headers, body });
    const first = send();
    await vi.waitFor(() => expect(handled).toEqual([1]), 30_000);
    const second = send();
    await vi.waitFor(() => expect(handled).toEqual([1, 1]), 30_000);
    kafka.resolve(undefined);
    expect(await Promise.all([first, second])).toEqual(['204', '204']);
  });
});

describe('a function of events, given an event with a trace', () => {
  const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const hop = '00-4bf92f3577b34da6a3ce929d0e0e4736-d0f85c01f8d560a2-01';
  const structured = {
    ...{ specversion: '1.0', id: 'e-1', source: '/shop', type: ActionPerformed.type },
    data: ActionPerformed.example,
  };
  const asStructured = { 'content-type': 'application/cloudevents+json' };

  it.each([
    ['its header', { traceparent: hop }, undefined, hop],
    ['its header, in structured mode', { ...asStructured, traceparent: hop }, structured, hop],
    ['its own, not the hop', { traceparent: hop, 'ce-traceparent': own }, undefined, own],
    [
      'its header, as its own is invalid',
      { traceparent: hop, 'ce-traceparent': 'x' },
      undefined,
      hop,
    ],
    ['none, as its header is invalid', { traceparent: '00-ab-cd-01' }, undefined, undefined],
  ])('publishes under %s', async (_what, sent, envelope, published) => {
    const publisher = recordingPublisher();
    const handlers = [on(ActionPerformed, () => Promise.resolve([snapshotPublished]))];
    const post = await hosted(
      createEventFunction({ handlers, publisher }, pino({ level: 'silent' })),
    );
    const body = Buffer.from(JSON.stringify(envelope ?? ActionPerformed.example));
    expect(await post('/', { method: 'POST', headers: { ...headers, ...sent }, body })).toBe('204');
    expect(publisher.published).toMatchObject([{ traceparent: published }]);
  });
});
