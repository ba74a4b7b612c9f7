import { expect, test } from 'vitest';
import type { Resource } from '#scripts/manifests/kinds.ts';
import type { RoutedEvent } from '../events/routed-event.ts';
import { pingEvent, runPingSource } from './run-ping-source.ts';

const pingSource = (spec: Partial<Resource<'PingSource'>['spec']>): Resource<'PingSource'> => ({
  apiVersion: 'sources.knative.dev/v1',
  kind: 'PingSource',
  origin: 'tick.yaml: PingSource tick',
  metadata: { name: 'tick', namespace: 'guerdon', labels: {}, annotations: {} },
  spec: { schedule: '* * * * *', sink: { uri: 'http://sink' }, ...spec },
});

test('a tick is an event with a new id each time, and the data of the manifest', () => {
  const source = pingSource({ contentType: 'application/json', data: '{"board":"main"}' });
  const now = new Date('2026-08-01T10:00:00Z');
  const [one, other] = [pingEvent(source, now), pingEvent(source, now)];
  expect(one.attributes).toMatchObject({
    type: 'dev.knative.sources.ping',
    source: '/apis/v1/namespaces/guerdon/pingsources/tick',
    datacontenttype: 'application/json',
  });
  expect(one.data?.toString()).toBe('{"board":"main"}');
  expect(one.attributes['id']).not.toBe(other.attributes['id']);
});

test('data may be base64', () => {
  expect(pingEvent(pingSource({ dataBase64: 'AQI=' }), new Date()).data).toEqual(
    Buffer.from([1, 2]),
  );
});

test('it ticks by its schedule and tries again what fails for a moment', async () => {
  const arrived = Promise.withResolvers<RoutedEvent>();
  let attempts = 0;
  const target = {
    url: '',
    send: (event: RoutedEvent) => {
      attempts += 1;
      if (attempts === 3) arrived.resolve(event);
      return Promise.resolve({ status: attempts < 3 ? 503 : 202 });
    },
  };
  const { stop } = runPingSource(
    pingSource({ schedule: '* * * * * *', timezone: 'Asia/Kolkata' }),
    target,
  );
  expect((await arrived.promise).attributes['type']).toBe('dev.knative.sources.ping');
  stop();
});
