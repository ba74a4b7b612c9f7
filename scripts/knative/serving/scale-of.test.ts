import { expect, test } from 'vitest';
import { resourcesOf } from '#scripts/manifests/kinds.ts';
import { limitsOf } from './limits-of.ts';
import { scaleOf } from './scale-of.ts';

const service = (annotations: object, revision: object = {}) => {
  const body = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'award-points', namespace: 'guerdon' },
    spec: {
      template: {
        metadata: {
          annotations: Object.fromEntries(
            Object.entries(annotations).map(([name, value]) => [
              `autoscaling.knative.dev/${name}`,
              value as string,
            ]),
          ),
        },
        spec: { containers: [{ image: 'award-points' }], ...revision },
      },
    },
  };
  const [resource] = resourcesOf([{ file: 'a.yaml', text: '', body }], 'Service');
  if (!resource) throw new Error('it is a Service');
  return resource;
};

test.each([
  ['by Knative’s defaults', {}, { min: 0, initial: 1, activation: 1, idleMs: 90_000 }],
  [
    'the last pod after window, delay, grace and retention period',
    { window: '1m30s', 'scale-down-delay': '2m', 'scale-to-zero-pod-retention-period': '10s' },
    { idleMs: (90 + 120 + 30 + 10) * 1_000 },
  ],
  [
    'a pod beyond min-scale after window and delay',
    { 'min-scale': '2', window: '60s', 'scale-down-delay': '5m' },
    { min: 2, initial: 2, activation: 2, idleMs: 360_000 },
  ],
  [
    'as many as it is deployed and woken with',
    { 'initial-scale': '3', 'activation-scale': '2' },
    { min: 0, initial: 3, activation: 2 },
  ],
])('scales %s', (_name, annotations, expected) => {
  expect(scaleOf(service(annotations))).toMatchObject(expected);
});

test.each([
  ['by default 300 s', {}, 300, 300],
  ['as long as its timeoutSeconds', { timeoutSeconds: 60 }, 60, 60],
  ['300 s until the first byte of a longer one', { timeoutSeconds: 600 }, 300, 600],
  [
    'all its time until the first byte where that limit is off',
    { timeoutSeconds: 600, responseStartTimeoutSeconds: 0 },
    600,
    600,
  ],
  ['less until the first byte', { timeoutSeconds: 60, responseStartTimeoutSeconds: 5 }, 5, 60],
])('a request may take %s', (_name, revision, firstByteSeconds, totalSeconds) => {
  expect(limitsOf(service({}, revision))).toEqual({
    firstByteMs: firstByteSeconds * 1_000,
    totalMs: totalSeconds * 1_000,
  });
});
