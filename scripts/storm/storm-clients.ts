import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * An incentive at a client: when it arrived, when the connection on which it arrived was opened,
 * and when the one before was lost, in milliseconds since the epoch.
 */
export type Arrival = Readonly<{
  client: number;
  incentiveId: string;
  atMs: number;
  lostAtMs: number;
  openedAtMs: number;
}>;

/** Messages to the thread. */
export type Order = Readonly<{ kind: 'cut'; share: number } | { kind: 'collect' | 'close' }>;

/** Where clients connect, each with its token. */
export type ClientOptions = Readonly<{ url: string; tokens: readonly string[] }>;

/** Clients in a thread of their own. */
export type StormClients = Readonly<{
  /** Cuts a random share of the connections, which come back by themselves. */
  cut: (share: number) => void;
  /** What has arrived since the last call. */
  collect: () => Promise<readonly Arrival[]>;
  close: () => Promise<void>;
}>;

/** Connects a client per token, and resolves once all are open. */
export const startClients = async (options: ClientOptions): Promise<StormClients> => {
  const worker = new Worker(new URL('./storm-worker.ts', import.meta.url), { workerData: options });
  await once(worker, 'message');
  const order = (it: Order): void => worker.postMessage(it);
  return {
    cut: (share) => order({ kind: 'cut', share }),
    collect: async () => {
      const collected = once(worker, 'message') as Promise<[readonly Arrival[]]>;
      order({ kind: 'collect' });
      return (await collected)[0];
    },
    close: async () => {
      const ended = once(worker, 'exit');
      order({ kind: 'close' });
      await ended;
    },
  };
};
