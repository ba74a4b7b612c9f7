import { Worker } from 'node:worker_threads';

/** How long a reader of Redis had to wait, in milliseconds. */
export type Waits = Readonly<{ p50: number; p99: number; max: number }>;

/**
 * Reads from Redis about a thousand times a second, one read after the other, on a separate
 * connection and thread, while other work runs: the longest wait shows how long that work blocked
 * other clients. The machine adds waits of its own, so compare it with the waits while no other
 * work runs.
 */
export const watchWaits = async (
  redisUrl: string,
  during: () => Promise<unknown>,
): Promise<Waits> => {
  const worker = new Worker(new URL('./wait-worker.ts', import.meta.url), { workerData: redisUrl });
  try {
    await heardFrom(worker);
    await during();
    const waits = heardFrom<Waits>(worker);
    worker.postMessage('stop');
    return await waits;
  } finally {
    await worker.terminate();
  }
};

const heardFrom = <Message>(worker: Worker): Promise<Message> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
