/**
 * kafkajs, with what we replace in it. Import it from here: a process that creates a client of
 * `kafkajs` itself wakes up a thousand times a second.
 */
import { encodeProduceRequests, mendRequestQueue } from './kafkajs-replacements.ts';

mendRequestQueue();
encodeProduceRequests();

export * from 'kafkajs';
