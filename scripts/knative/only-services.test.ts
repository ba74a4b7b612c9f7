import { expect, test } from 'vitest';
import { onlyServices } from './only-services.ts';
import { readTopology } from './topology.ts';

const overlay = new URL('../../infra/knative/overlays/local', import.meta.url).pathname;
const topology = readTopology(overlay, {});

test('functions run without the others, fed by their own sources and Triggers', () => {
  const kept = onlyServices(topology, ['push-notification', 'store-dead-letter']);
  expect(kept.functions.map(({ name }) => name)).toEqual([
    'push-notification',
    'store-dead-letter',
  ]);
  expect(kept.kafkaSources.map(({ metadata }) => metadata.name)).toEqual(['incentive-generated']);
  expect(kept.triggers.map(({ metadata }) => metadata.name)).toEqual(['push-notification-on-tick']);
  expect(kept.pingSources.map(({ metadata }) => metadata.name)).toEqual(['reconcile-tick']);
  expect(kept.topics).toBe(topology.topics);
});

test('a function without a Trigger gets no ticks', () => {
  expect(onlyServices(topology, ['cms-api']).pingSources).toEqual([]);
});

test('a function that no manifest declares is refused by name', () => {
  expect(() => onlyServices(topology, ['push-notifcation'])).toThrow(
    'No manifest declares a function push-notifcation',
  );
});
