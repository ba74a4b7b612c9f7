import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Commands that every such thread takes. */
export type CommonOrder = Readonly<{ kind: 'collect' | 'close' }>;

/**
 * Starts a thread that collects what it sees, and resolves once it reports that it is ready.
 * @throws Error when it fails before.
 */
export const startCollecting = async <Found>(module: URL, workerData: unknown) => {
  const worker = new Worker(module, { workerData });
  await once(worker, 'message');
  const order = (it: object): void => worker.postMessage(it);
  return {
    order,
    /** What it has found since the last call. */
    collect: async (): Promise<readonly Found[]> => {
      const collected = once(worker, 'message') as Promise<[readonly Found[]]>;
      order({ kind: 'collect' });
      return (await collected)[0];
    },
    close: async (): Promise<void> => {
      const ended = once(worker, 'exit');
      order({ kind: 'close' });
      await ended;
    },
  };
};
