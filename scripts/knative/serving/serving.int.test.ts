/**
 * The path between a caller and a function in a cluster: activator and queue-proxy, with real
 * processes.
 */

import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { kafkaSource } from '#shared/testing/worlds/kafka-source.ts';
import type { LocalKnative } from '../local-knative.ts';
import { playManifests } from '../play-manifests.ts';
import { type RecordingSink, recordingSink } from '../receivers/recording-sink.ts';

const { brokers, createTopic } = testKafka();

/**
 * A function that waits for a gate that the test controls before it answers. It upgrades
 * connections to an echo, and notifies the gate of SIGTERM.
 */
const bundle = (gate: string) => `
  import { createServer } from 'node:http';
  const server = createServer({ maxHeaderSize: 2_000_000 }, async (request, response) => {
    if (request.url === '/readyz') return response.end();
    const answer = await fetch('${gate}' + request.url, { method: 'POST' });
    response.writeHead(answer.status, { 'x-pid': process.pid });
    response.end();
  });
  server.on('upgrade', (request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: echo\\r\\n\\r\\n');
    socket.pipe(socket);
  });
  server.keepAliveTimeout = 600_000;
  server.listen(Number(process.env.PORT), process.env.HOST);
  process.on('SIGTERM', async () => {
    await fetch('${gate}/sigterm', { method: 'POST' });
    process.exit(0);
  });`;

describe.skipIf(!hasKafka())('a function', () => {
  let directory: string;
  let gate: RecordingSink;
  let knative: LocalKnative | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'guerdon-serving-'));
    gate = await recordingSink();
    await mkdir(join(directory, 'echo'));
    await writeFile(join(directory, 'echo', 'package.json'), '{"type":"module"}');
    await writeFile(join(directory, 'echo', 'index.js'), bundle(gate.url));
  });
  afterEach(async () => {
    gate.release();
    await knative?.stop();
    knative = undefined;
    await gate.close();
    await rm(directory, { recursive: true });
  });

  type Parts = Readonly<{ spec?: object; annotations?: object; others?: readonly object[] }>;
  type Play = Omit<Parameters<typeof playManifests>[0], 'directory' | 'brokers'>;

  const start = async ({ spec, annotations = {}, others = [] }: Parts, play: Play = {}) => {
    const service = {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'echo' },
      spec: {
        template: {
          metadata: { annotations },
          spec: { containers: [{ image: 'echo' }], ...spec },
        },
      },
    };
    const running = await playManifests({ directory, brokers, ...play }, service, ...others);
    knative = running;
    return running;
  };
  const asked = (path: string) => gate.received.filter(({ url }) => url === path);
  const ask = (running: LocalKnative, path = '/', init: RequestInit = {}) =>
    fetch(`${running.url('echo')}${path}`, init);
  const answerOf = async (answer: Promise<Response>) => {
    const { status } = await answer;
    return { status, body: await (await answer).text() };
  };

  test('that takes longer than timeoutSeconds is answered 504 by queue-proxy', async () => {
    const running = await start({ spec: { timeoutSeconds: 1 } });
    gate.hold();
    expect(await answerOf(ask(running))).toEqual({ status: 504, body: 'request timeout' });
  });

  test('processes containerConcurrency requests at once; ten times as many wait, the next one is answered 503', async () => {
    const running = await start({ spec: { containerConcurrency: 2 } });
    gate.hold();
    const all = Array.from({ length: 23 }, () => answerOf(ask(running, '/held')));
    expect(await Promise.race(all)).toEqual({ status: 503, body: 'pending request queue full\n' });
    await until(() => asked('/held').length === 2);
    gate.release();
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(22).fill(204), 503]);
    expect(gate.mostInFlight).toBe(2);
  });

  test('without containerConcurrency has no limit', async () => {
    const running = await start({});
    gate.hold();
    const all = Array.from({ length: 150 }, () => ask(running, '/held'));
    await until(() => asked('/held').length === 150);
    gate.release();
    await Promise.all(all);
  });

  test('accepts headers of a megabyte, and no more', async () => {
    const running = await start({});
    const statusOf = (bytes: number) =>
      new Promise((resolve, reject) => {
        const options = { headers: { 'x-large': 'a'.repeat(bytes) } };
        httpRequest(running.url('echo'), options, ({ statusCode }) => resolve(statusCode))
          .on('error', reject)
          .end();
      });
    expect(await statusOf(1_000_000)).toBe(204);
    expect(await statusOf(1_100_000)).toBe(431);
  });

  test('that was sent SIGTERM gets no further request; the next one waits for its successor', async () => {
    const running = await start({});
    const { headers } = await ask(running);
    gate.hold();
    running.kill('echo', 'SIGTERM');
    await until(() => asked('/sigterm').length === 1);
    const next = ask(running, '/next');
    gate.release();
    expect((await next).status).toBe(204);
    expect((await next).headers.get('x-pid')).not.toBe(headers.get('x-pid'));
  });

  test('that dies with a request in flight answers 502, and the next request waits for it', async () => {
    const running = await start({});
    gate.hold();
    const broken = ask(running);
    await until(() => asked('/').length === 1);
    running.kill('echo', 'SIGKILL');
    expect((await broken).status).toBe(502);
    gate.release();
    await until(async () => (await ask(running)).status === 204);
  });

  test('gets SIGTERM only once its requests in flight are answered; later ones wait for the next process', async () => {
    const running = await start({});
    gate.hold();
    const early = ask(running, '/early');
    await until(() => asked('/early').length === 1);
    const restarted = running.restart('echo');
    const late = ask(running, '/late');
    expect(asked('/sigterm')).toEqual([]);
    gate.release();
    const [first, second] = await Promise.all([early, late]);
    await restarted;
    expect(asked('/sigterm')).toHaveLength(1);
    expect(gate.received.map(({ url }) => url)).toEqual(['/early', '/sigterm', '/late']);
    expect(first.headers.get('x-pid')).not.toBe(second.headers.get('x-pid'));
  });

  test('that is replaced answers its requests, once another one is ready', async () => {
    const running = await start({});
    const pidOf = async (answer: Promise<Response>) => (await answer).headers.get('x-pid');
    const old = await pidOf(ask(running));
    gate.hold();
    const early = ask(running, '/early');
    await until(() => asked('/early').length === 1);
    const replaced = running.replace('echo');
    await until(() => Object.keys(running.pids()).length === 2);
    expect(asked('/sigterm')).toEqual([]);
    gate.release();
    await replaced;
    expect(await pidOf(early)).toBe(old);
    expect(asked('/sigterm')).toHaveLength(1);
    expect(Object.values(running.pids()).map(String)).toEqual([await pidOf(ask(running))]);
  });

  test('frees the slot of a request whose caller left', async () => {
    const running = await start({ spec: { containerConcurrency: 1 } });
    gate.hold();
    const leaving = new AbortController();
    const left = ask(running, '/left', { signal: leaving.signal });
    await until(() => asked('/left').length === 1);
    const next = ask(running, '/next');
    leaving.abort();
    await expect(left).rejects.toThrow();
    await until(() => asked('/next').length === 1);
    gate.release();
    expect((await next).status).toBe(204);
  });

  describe('with a connection that is upgraded', () => {
    const upgrade = (running: LocalKnative) =>
      new Promise<Socket>((resolve, reject) => {
        httpRequest(running.url('echo'), { headers: { connection: 'upgrade', upgrade: 'echo' } })
          .on('upgrade', (_response, socket: Socket) => resolve(socket))
          .on('error', reject)
          .end();
      });
    const hears = (socket: Socket, text: string) =>
      new Promise((resolve) => socket.once('data', (data) => resolve(String(data) === text)));

    test('passes bytes in both directions', async () => {
      const running = await start({});
      const socket = await upgrade(running);
      for (const text of ['one', 'two']) {
        const heard = hears(socket, text);
        socket.write(text);
        expect(await heard).toBe(true);
      }
      socket.destroy();
    });

    test('counts it as a request in flight', async () => {
      const running = await start({ spec: { containerConcurrency: 1 } });
      const socket = await upgrade(running);
      const waiting = ask(running);
      const echoed = hears(socket, 'still open');
      socket.write('still open');
      await echoed;
      expect(asked('/')).toEqual([]);
      socket.destroy();
      expect((await waiting).status).toBe(204);
    });

    test('cuts it after timeoutSeconds', async () => {
      const socket = await upgrade(await start({ spec: { timeoutSeconds: 1 } }));
      await once(socket, 'close');
    });
  });

  describe('scaled to zero', () => {
    const idle = { 'autoscaling.knative.dev/window': '60s' };
    /** A clock that the test advances, only once the autoscaler has seen everything so far. */
    const clock = () => {
      const speed = 100;
      const stopped: string[] = [];
      let nowMs = 0;
      let looks = 0;
      const now = () => {
        looks += 1;
        return nowMs;
      };
      const looked = async () => {
        const seen = looks;
        await until(() => looks > seen + 1);
      };
      const pass = async (seconds: number) => {
        await looked();
        nowMs += (seconds * 1_000) / speed;
        await looked();
      };
      return {
        stopped,
        pass,
        scaleToZero: { speed, now, log: (what: string) => stopped.push(what) },
      };
    };

    test('stops after the window and the grace period without a request, and a request wakes it', async () => {
      const { pass, stopped, scaleToZero } = clock();
      const running = await start({ annotations: idle }, { scaleToZero });
      const { echo: before } = running.pids();
      await pass(89);
      expect((await ask(running)).headers.get('x-pid')).toBe(String(before));
      await pass(89);
      expect(stopped).toEqual([]);
      await pass(2);
      await until(() => stopped.length === 1);
      expect(running.pids()).toEqual({});
      const woken = await Promise.all(Array.from({ length: 20 }, () => ask(running)));
      expect(woken.map(({ status }) => status)).toEqual(Array(20).fill(204));
      expect(running.pids()['echo']).not.toBe(before);
    });

    test('stays up while a request is in flight', async () => {
      const { pass, stopped, scaleToZero } = clock();
      const running = await start({ annotations: idle }, { scaleToZero });
      gate.hold();
      const open = ask(running);
      await until(() => asked('/').length === 1);
      await pass(1_000);
      expect(stopped).toEqual([]);
      gate.release();
      expect((await open).status).toBe(204);
    });

    test('keeps min-scale pods, which share the requests', async () => {
      const { pass, stopped, scaleToZero } = clock();
      const annotations = {
        ...idle,
        'autoscaling.knative.dev/min-scale': '2',
        'autoscaling.knative.dev/initial-scale': '3',
      };
      const running = await start({ annotations }, { scaleToZero });
      expect(Object.keys(running.pids())).toEqual(['echo', 'echo-2', 'echo-3']);
      await pass(61);
      await until(() => stopped.length === 1);
      await pass(1_000);
      expect(stopped).toHaveLength(1);
      expect(Object.keys(running.pids())).toEqual(['echo', 'echo-2']);
      gate.hold();
      const both = [ask(running), ask(running)];
      await until(() => asked('/').length === 2);
      gate.release();
      const answers = await Promise.all(both);
      expect(new Set(answers.map(({ headers }) => headers.get('x-pid'))).size).toBe(2);
    });

    test('is woken by a record, which waits for it without a retry', async () => {
      const { pass, stopped, scaleToZero } = clock();
      const topic = await createTopic('orders');
      const ref = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'echo' };
      const source = kafkaSource('orders', { topics: [topic], sink: { ref } });
      const running = await start({ annotations: idle, others: [source] }, { scaleToZero });
      await pass(100);
      await until(() => stopped.length === 1);
      const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
      await producer.connect();
      await producer.send({ topic, messages: [{ value: '{}' }] });
      await producer.disconnect();
      await running.drained();
      expect(await running.statistics()).toMatchObject({ orders: { delivered: 1, retried: 0 } });
    });
  });
});
