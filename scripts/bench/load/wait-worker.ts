/** The thread behind watchWaits. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createLatencies } from './latencies.ts';

/** Ten minutes of reads. */
const readsMax = 600_000;

const { hostname, port } = new URL(String(workerData));
const socket = connect(Number(port), hostname).setNoDelay(true);
await once(socket, 'connect');
const latencies = createLatencies(readsMax);
const stopped = new AbortController();
parentPort?.once('message', () => stopped.abort());
parentPort?.postMessage('ready');

while (!stopped.signal.aborted) {
  const asked = performance.now();
  socket.write('PING\r\n');
  await once(socket, 'data');
  latencies.add(performance.now() - asked);
  await sleep(1);
}
parentPort?.postMessage(latencies.percentiles());
