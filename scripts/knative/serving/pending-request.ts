import type { Pool } from 'undici';

/** Where the container of a pod takes requests. */
export type PodAddress = Readonly<{ port: number; pool: Pool }>;

/** A request, or a connection to be upgraded, on its way to a pod. */
export type PendingRequest = Readonly<{
  /** Sends it to a pod; calls `done` once, when the pod has nothing more to do with it. */
  send: (pod: PodAddress, done: () => void) => void;
  /** Answers it in place of a pod. */
  reject: (status: number, reason: string) => void;
}>;

/** The text of queue-proxy and of the activator for a request that does not fit into their queue. */
export const queueFull = 'pending request queue full\n';

/** How long a request may take until its first byte is answered, and in all, waiting included. */
export type Limits = Readonly<{ firstByteMs: number; totalMs: number }>;
