import { type CommonOrder, startCollecting } from '#scripts/bench/load/collecting-thread.ts';

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

/** Commands to the thread. */
export type Order = CommonOrder | Readonly<{ kind: 'cut'; share: number }>;

/** Where clients connect, each with its token. */
export type ClientOptions = Readonly<{ url: string; tokens: readonly string[] }>;

/** Clients in a separate thread. */
export type StormClients = Readonly<{
  /** Cuts a random share of the connections, which reconnect by themselves. */
  cut: (share: number) => void;
  /** The incentives that arrived since the last call. */
  collect: () => Promise<readonly Arrival[]>;
  close: () => Promise<void>;
}>;

/** Connects a client per token, and resolves once all are open. */
export const startClients = async (options: ClientOptions): Promise<StormClients> => {
  const module = new URL('./storm-worker.ts', import.meta.url);
  const { order, collect, close } = await startCollecting<Arrival>(module, options);
  return { cut: (share) => order({ kind: 'cut', share } satisfies Order), collect, close };
};
