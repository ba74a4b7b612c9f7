import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { sinkShape } from './sink-shape.ts';

const K_SINK = 'http://kafka-broker-ingress.knative-eventing.svc.cluster.local/guerdon/guerdon';

describe('sinkShape', () => {
  it.each([
    ['no overrides', undefined, {}],
    ['overrides without extensions', '{}', {}],
    ['extensions', '{"extensions":{"by":"cms"}}', { by: 'cms' }],
  ])('reads %s', (_what, text, extensions) => {
    expect(readConfig(sinkShape, { K_SINK, K_CE_OVERRIDES: text })).toEqual({
      K_SINK,
      K_CE_OVERRIDES: extensions,
    });
  });

  it.each([
    ['no sink', { K_CE_OVERRIDES: '{}' }, /K_SINK: is not set/],
    ['a sink that is no address', { K_SINK: 'guerdon' }, /K_SINK: Invalid URL/],
    ['overrides that are no JSON', { K_SINK, K_CE_OVERRIDES: '{' }, /K_CE_OVERRIDES: must be JSON/],
    [
      'extensions that are no text',
      { K_SINK, K_CE_OVERRIDES: '{"extensions":{"by":1}}' },
      /expected string/,
    ],
  ])('refuses %s', (_what, variables, message) => {
    expect(() => readConfig(sinkShape, variables)).toThrow(message);
  });
});
