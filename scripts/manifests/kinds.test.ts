import { describe, expect, it } from 'vitest';
import { refusalsOf } from './kinds.ts';
import type { Body } from './manifest.ts';

const refusals = (body: object) =>
  refusalsOf({ file: 'a.yaml', text: '', body: body as Body }).join();

const ping = (spec: object) => ({
  apiVersion: 'sources.knative.dev/v1',
  kind: 'PingSource',
  metadata: { name: 'tick' },
  spec: { sink: { uri: 'http://sink' }, ...spec },
});

const service = (revision: object, container: object = {}) => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'echo' },
  spec: { template: { spec: { containers: [{ image: 'echo', ...container }], ...revision } } },
});

describe('a manifest that the cluster accepts', () => {
  it.each([
    ['the time zone UTC', ping({ timezone: 'UTC' })],
    ['a time zone of the tz database', ping({ timezone: 'America/Port_of_Spain' })],
    ['no data', ping({ contentType: 'application/json' })],
    ['data that is no JSON', ping({ contentType: 'text/plain', data: '[1' })],
    [
      'a volume that is mounted',
      service(
        { volumes: [{ name: 'tmp', emptyDir: {} }] },
        { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] },
      ),
    ],
    ['an image with registry, tag and digest', service({}, { image: 'a.b:5000/c/d_e:1.0' })],
  ])('%s', (_name, body) => {
    expect(refusals(body)).toBe('');
  });
});

describe('a manifest that the cluster refuses', () => {
  it.each([
    ['an offset as time zone', ping({ timezone: '+05:30' }), /timezone: is not a known time zone/],
    ['a time zone in lower case', ping({ timezone: 'etc/utc' }), /is not a known time zone/],
    [
      'JSON that is not an object',
      ping({ contentType: 'application/json', data: '[1]' }),
      /spec.data: must be a JSON object/,
    ],
    [
      'a volume that is not mounted',
      service({ volumes: [{ name: 'tmp', emptyDir: {} }] }),
      /every volume must be mounted/,
    ],
    [
      'both a value and a reference',
      service(
        {},
        { env: [{ name: 'A', value: 'b', valueFrom: { secretKeyRef: { name: 'c', key: 'd' } } }] },
      ),
      /value and valueFrom exclude each other/,
    ],
    ['a kind without a schema', { ...ping({}), kind: 'Deployment' }, /no schema for Deployment/],
  ])('%s', (_name, body, message) => {
    expect(refusals(body)).toMatch(message);
  });
});
