import { type RequestQueue, requestQueueMethods } from './kafkajs-internals.ts';

/** How long requests wait while too many are in flight, as in kafkajs. */
const checkMs = 10;

/**
 * Replaces how kafkajs (2.2.4) schedules the next look at its pending requests. It also does so
 * while there are none, for a time in the past: each connection wakes its process up every
 * millisecond, which took an idle function 25 to 40 ms of processor time per second. A request that
 * finds the queue full or throttled schedules the next look itself.
 */
export const mendRequestQueue = (): void => {
  requestQueueMethods.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const waitMs = Math.max(this.throttledUntil - Date.now(), checkMs);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  };
};
