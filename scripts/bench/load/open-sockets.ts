import { type CommonOrder, startCollecting } from './collecting-thread.ts';

/** A text, and the number of its connection. */
type SocketText = Readonly<{ number: number; text: string }>;

/** A text that was received, and when by `clockMs`. */
export type Received = SocketText & Readonly<{ atMs: number }>;

/** Commands to the thread. */
export type Order = CommonOrder | Readonly<{ kind: 'send'; texts: readonly SocketText[] }>;

/** Where to connect, and the sub-protocols that each connection offers. */
export type SocketOptions = Readonly<{ url: string; protocols: readonly (readonly string[])[] }>;

/** Open connections, by number. */
export type OpenSockets = Readonly<{
  send: (texts: readonly SocketText[]) => void;
  /** What was received since the last call. */
  collect: () => Promise<readonly Received[]>;
  close: () => Promise<void>;
}>;

/** Milliseconds on a clock that all threads of a process share. */
export const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * Opens WebSockets in their own thread, so that sending does not delay the time at which a text
 * counts as received.
 * @throws Error if one is refused.
 */
export const openSockets = async (options: SocketOptions): Promise<OpenSockets> => {
  const module = new URL('./sockets-worker.ts', import.meta.url);
  const { order, collect, close } = await startCollecting<Received>(module, options);
  return { send: (texts) => order({ kind: 'send', texts } satisfies Order), collect, close };
};
