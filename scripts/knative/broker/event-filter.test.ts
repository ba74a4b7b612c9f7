import { expect, test } from 'vitest';
import { eventFilter } from './event-filter.ts';

const event = {
  attributes: { type: 'points.awarded.v1', source: '/guerdon', subject: 'c-1' },
  data: undefined,
};

test.each([
  ['nothing', {}, true],
  ['its type', { filter: { attributes: { type: 'points.awarded.v1' } } }, true],
  ['any subject', { filter: { attributes: { subject: '' } } }, true],
  ['an attribute it lacks', { filter: { attributes: { tenantid: '' } } }, false],
  ['another type', { filter: { attributes: { type: 'x', source: '/guerdon' } } }, false],
  ['exact', { filters: [{ exact: { type: 'points.awarded.v1' } }] }, true],
  ['exact nothing', { filters: [{ exact: { type: '' } }] }, false],
  ['prefix', { filters: [{ prefix: { type: 'points.' } }] }, true],
  ['suffix', { filters: [{ suffix: { type: '.v2' } }] }, false],
  ['prefix of what it lacks', { filters: [{ prefix: { time: '2026' } }] }, false],
  ['all', { filters: [{ all: [{ prefix: { type: 'p' } }, { suffix: { type: 'q' } }] }] }, false],
  ['any', { filters: [{ any: [{ prefix: { type: 'p' } }, { suffix: { type: 'q' } }] }] }, true],
  ['not', { filters: [{ not: { exact: { source: '/guerdon' } } }] }, false],
  ['two filters', { filters: [{ exact: { subject: 'c-1' } }, { prefix: { type: 'q' } }] }, false],
  ['no filters', { filters: [], filter: { attributes: { type: 'x' } } }, true],
])('a Trigger for %s', (_name, spec, passes) => {
  expect(eventFilter(spec)(event)).toBe(passes);
});
