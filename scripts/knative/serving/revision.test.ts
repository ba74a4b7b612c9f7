import { Pool } from 'undici';
import { expect, test } from 'vitest';
import { Breaker } from './breaker.ts';
import type { PendingRequest } from './pending-request.ts';
import type { Pod } from './pod.ts';
import { Revision } from './revision.ts';

const scale = { min: 0, initial: 1, activation: 1, idleMs: 0 };

/** A revision of one pod whose process the test starts and stops; the test also ends requests. */
const prepare = async (concurrency: number) => {
  let state: ReturnType<Pod['state']> = 'stopped';
  let wakes = 0;
  let ready: () => void = () => undefined;
  const pool = new Pool('http://127.0.0.1:1');
  const revision = await Revision.prepare(scale, (_ordinal, onSlot) => {
    ready = onSlot;
    const pod: Pod = {
      name: 'echo',
      metrics: '',
      pid: () => undefined,
      state: () => state,
      start: () => Promise.resolve(),
      wake: () => {
        state = 'starting';
        wakes += 1;
      },
      kill: () => undefined,
      restart: () => Promise.resolve(),
      stop: () => {
        state = 'stopped';
        return Promise.resolve();
      },
      breaker: new Breaker({ concurrency, pod: { port: 1, pool }, onSlot }),
      close: () => Promise.resolve(),
    };
    return Promise.resolve(pod);
  });
  return {
    revision,
    wakes: () => wakes,
    becomeReady: () => {
      state = 'ready';
      ready();
    },
  };
};

const requests = () => {
  const sent: { name: number; end: () => void }[] = [];
  const rejected: number[] = [];
  const request = (name: number): PendingRequest => ({
    isUpgrade: false,
    send: (_pod, end) => sent.push({ name, end }),
    reject: (status) => rejected.push(status),
  });
  return { sent, rejected, request };
};

test('the activator queues 10,000 requests while no pod is ready, and rejects the next one', async () => {
  const { revision, wakes } = await prepare(1);
  const { sent, rejected, request } = requests();
  for (let name = 0; name < 10_001; name += 1) revision.accept(request(name));
  expect(rejected).toEqual([503]);
  expect(sent).toEqual([]);
  expect(wakes()).toBe(1);
});

test('requests that waited are sent in order, no more at once than the pod accepts', async () => {
  const { revision, becomeReady } = await prepare(2);
  const { sent, request } = requests();
  for (let name = 0; name < 5; name += 1) revision.accept(request(name));
  becomeReady();
  expect(sent.map(({ name }) => name)).toEqual([0, 1]);
  sent[1]?.end();
  sent[0]?.end();
  expect(sent.map(({ name }) => name)).toEqual([0, 1, 2, 3]);
});

test('a request whose caller left waits no longer', async () => {
  const { revision, becomeReady } = await prepare(1);
  const { sent, request } = requests();
  const leaving = request(0);
  revision.accept(leaving);
  revision.accept(request(1));
  revision.withdraw(leaving);
  becomeReady();
  expect(sent.map(({ name }) => name)).toEqual([1]);
});

test('a revision that was stopped starts no pod again', async () => {
  const { revision, wakes } = await prepare(1);
  await revision.stop();
  revision.accept(requests().request(0));
  expect(wakes()).toBe(0);
});
