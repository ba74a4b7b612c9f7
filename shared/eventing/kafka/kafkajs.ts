/**
 * kafkajs, with its request queue mended. Import it from here: a process that creates a client of
 * `kafkajs` itself wakes up a thousand times a second.
 */
import { mendRequestQueue } from './request-queue.ts';

mendRequestQueue();

export * from 'kafkajs';
