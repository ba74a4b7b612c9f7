/**
 * kafkajs, with its request queue mended. Import it from here: a process that creates a client of
 * `kafkajs` itself wakes up a thousand times a second.
 */
import { mendRequestQueue } from './kafkajs-replacements.ts';

mendRequestQueue();

export * from 'kafkajs';
