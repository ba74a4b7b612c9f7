import type { Pool } from 'undici';

/** Where the container of a pod listens. */
export type PodAddress = Readonly<{ port: number; pool: Pool }>;

/** A request, or a connection to upgrade, that has not reached a pod yet. */
export type PendingRequest = Readonly<{
  /**
   * Whether it is a connection to upgrade, for whose end queue-proxy does not wait when its pod
   * ends.
   */
  isUpgrade: boolean;
  /** Sends it to a pod; calls `done` once when the pod is finished with it. */
  send: (pod: PodAddress, done: () => void) => void;
  /** Responds in place of a pod. */
  reject: (status: number, reason: string) => void;
}>;

/** The response body of queue-proxy and the activator when their queue is full. */
export const queueFull = 'pending request queue full\n';

/**
 * Time limits until the first byte of the response and for the whole request, time in queues
 * included.
 */
export type Limits = Readonly<{ firstByteMs: number; totalMs: number }>;
