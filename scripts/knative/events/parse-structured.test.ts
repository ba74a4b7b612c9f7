import { expect, test } from 'vitest';
import { parseStructured } from './parse-structured.ts';

const required = { specversion: '1.0', id: 'e-1', source: '/s', type: 't' };

const parse = (extra: object) =>
  parseStructured(Buffer.from(JSON.stringify({ ...required, ...extra })));

test('an attribute that is null is absent, an extension that is null is the text null', () => {
  expect(parse({ subject: null, none: null })?.attributes).toEqual({ ...required, none: 'null' });
});

test('arrays and objects are extensions as JSON', () => {
  expect(parse({ list: [1, 'a'] })?.attributes).toMatchObject({ list: '[1,"a"]' });
});

test('data that is null is the JSON text null', () => {
  const event = parse({ data: null });
  expect(event?.data?.toString()).toBe('null');
  expect(event?.attributes).toMatchObject({ datacontenttype: 'application/json' });
});

test('data of version 0.3 may be base64, and the decoded event has no trace of that', () => {
  const event = parse({ specversion: '0.3', datacontentencoding: 'base64', data: 'AAEC' });
  expect(event).toEqual({
    attributes: { ...required, specversion: '0.3', datacontenttype: 'application/json' },
    data: Buffer.from([0, 1, 2]),
  });
});

test.each([
  ['an id that is a number', { id: 7 }],
  ['no source', { source: null }],
  ['an unknown version', { specversion: '1.1' }],
  ['an extension beyond 32 bits', { big: 2 ** 31 }],
  ['an extension with a point', { ratio: 1.5 }],
  ['an extension with a capital letter', { tenantId: 'acme' }],
  ['a blank in its schema', { dataschema: 'a b' }],
  ['data twice', { data: {}, data_base64: 'AAEC' }],
  ['data that is not base64', { data_base64: 'no!' }],
  ['an object where the content type says text', { datacontenttype: 'text/plain', data: {} }],
])('an envelope with %s is not an event', (_what, extra) => {
  expect(parse(extra)).toBeUndefined();
});

test('bytes that are not UTF-8 are not an event', () => {
  const bytes = Buffer.from(JSON.stringify({ ...required, subject: 'é' }), 'latin1');
  expect(parseStructured(bytes)).toBeUndefined();
});
