import { type CloudEventV1, HTTP, CloudEvent as SdkEvent } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { runs } from '#shared/testing/runs.ts';
import { decodeCloudEvent } from './cloud-event.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/);
const word = fc.stringMatching(/^[\x21-\x7e]{1,30}$/);
const json = fc.jsonValue().filter((value) => value !== null);

const taken = ['data', 'id', 'source', 'type', 'subject', 'time', 'specversion', 'dataschema'];

/** Events that the SDK accepts as well: attributes by the specification, data as JSON objects. */
const events = fc.record({
  id: word,
  source: fc.stringMatching(/^\/[a-z0-9/#-]{0,30}$/),
  type: fc.stringMatching(/^[a-z][a-z.]{0,30}$/),
  subject: fc.option(word, { nil: undefined }),
  time: fc
    .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  data: fc.dictionary(fc.string(), json, { minKeys: 1 }),
  extensions: fc.dictionary(
    name.filter((it) => !taken.includes(it)),
    word,
    { maxKeys: 4 },
  ),
});

type Generated = typeof events extends fc.Arbitrary<infer Event> ? Event : never;

const toSdk = ({ extensions, ...event }: Generated) =>
  new SdkEvent(
    { ...event, ...extensions, datacontenttype: 'application/json' } as Partial<
      CloudEventV1<object>
    >,
    false,
  );

const lowerCase = (headers: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value as string]),
  );

describe('decodeCloudEvent', () => {
  it.each(['binary', 'structured'] as const)('reads %s events as the SDK does', (mode) => {
    fc.assert(
      fc.property(events, (generated) => {
        const message = HTTP[mode](toSdk(generated));
        const headers = lowerCase(message.headers);
        const oracle = HTTP.toEvent({ headers, body: message.body }) as SdkEvent<unknown>;
        const decoded = decodeCloudEvent(headers, Buffer.from(message.body as string));
        expect(decoded.id).toBe(oracle.id);
        expect(decoded.source).toBe(oracle.source);
        expect(decoded.type).toBe(oracle.type);
        expect(decoded.subject).toBe(oracle.subject);
        expect(new Date(decoded.time ?? '').toISOString()).toBe(oracle.time);
        expect(decoded.datacontenttype).toBe(oracle.datacontenttype);
        expect(decoded.data).toEqual(oracle.data);
        for (const key of Object.keys(generated.extensions)) {
          expect(decoded.extensions[key]).toBe(oracle[key]);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  const binary = {
    'ce-specversion': '1.0',
    'ce-id': 'partition:2/offset:41',
    'ce-source': '/apis/v1/namespaces/guerdon/kafkasources/orders#orders',
    'ce-type': 'dev.knative.kafka.event',
  };
  const decode = (headers: Record<string, string>, body: string | Buffer) =>
    decodeCloudEvent(headers, Buffer.from(body));
  const codeOf = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      if (error instanceof InvalidEvent) return error.code;
    }
    return 'nothing thrown';
  };

  it('parses JSON where a plain record has no content type', () => {
    expect(decode(binary, '{"a":1}').data).toEqual({ a: 1 });
  });

  it.each(['id', 'source', 'subject', 'correlationid'])(
    'refuses a structured event whose %s cannot be stored',
    (name) => {
      const structured = { 'content-type': 'application/cloudevents+json' };
      const event = { specversion: '1.0', id: '1', source: '/s', type: 't' };
      for (const value of ['a\0', '\ud800']) {
        const body = JSON.stringify({ ...event, [name]: value });
        expect(codeOf(() => decode(structured, body))).toBe('malformed-attribute');
      }
    },
  );

  it('has no data for a tombstone', () => {
    expect(decode(binary, '').data).toBeUndefined();
  });

  it('leaves data of another content type as bytes', () => {
    const { data } = decode({ ...binary, 'content-type': 'application/avro' }, Buffer.from([0, 1]));
    expect(data).toEqual(Buffer.from([0, 1]));
  });

  it('leaves what begins with a zero byte as bytes, unless its type is JSON', () => {
    const framed = Buffer.from([0, 0, 0, 0, 7, 0x7b]);
    expect(decode(binary, framed).data).toEqual(framed);
    const json = { ...binary, 'content-type': 'application/json' };
    expect(codeOf(() => decode(json, framed))).toBe('malformed-json');
  });

  it.each([
    ['invalid UTF-8', binary, Buffer.from([0x22, 0xff, 0x22]), 'invalid-utf8'],
    ['malformed JSON', binary, '{"a":', 'malformed-json'],
    ['no specversion', { ...binary, 'ce-specversion': '' }, '{}', 'not-a-cloud-event'],
    ['an empty id', { ...binary, 'ce-id': '' }, '{}', 'missing-attribute'],
    [
      'batch mode',
      { 'content-type': 'application/cloudevents-batch+json' },
      '[]',
      'unsupported-mode',
    ],
    [
      'a structured array',
      { 'content-type': 'application/cloudevents+json' },
      '[]',
      'malformed-envelope',
    ],
    [
      'an attribute that is an object',
      { 'content-type': 'application/cloudevents+json' },
      '{"specversion":"1.0","id":"1","source":"/","type":"t","x":{}}',
      'malformed-attribute',
    ],
  ])('refuses %s', (_what, headers, body, code) => {
    expect(codeOf(() => decode(headers as Record<string, string>, body))).toBe(code);
  });
});
