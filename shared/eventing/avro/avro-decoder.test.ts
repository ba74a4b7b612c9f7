import { Type } from 'avsc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordingSink, recordingSink } from '#scripts/knative/receivers/recording-sink.ts';
import { avroDecoder } from './avro-decoder.ts';

const schema = { type: 'record' as const, name: 'R', fields: [{ name: 'a', type: 'int' }] };

/** In the Confluent wire format. */
const framed = (id: number, a = 7): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, Type.forSchema(schema).toBuffer({ a })]);
};

const json = (status: number, body: object) => ({ status, body: JSON.stringify(body) });

describe('avroDecoder', () => {
  let registry: RecordingSink;
  beforeEach(async () => {
    registry = await recordingSink();
    registry.answer(() => json(200, { schema: JSON.stringify(schema) }));
  });
  afterEach(() => registry.close());

  const decoder = (variables: object = {}) =>
    avroDecoder({ SCHEMA_REGISTRY_URL: registry.url, ...variables });
  const asked = () => registry.received.map(({ method, url }) => `${method} ${url}`);

  it('reads data by the schema whose number it names', async () => {
    const decode = decoder();
    expect(await decode(framed(0xfedc_ba98))).toEqual({ a: 7 });
    expect(asked()).toEqual(['GET /schemas/ids/4275878552']);
    expect(registry.received[0]?.headers).toMatchObject({
      accept: 'application/vnd.schemaregistry.v1+json, application/json',
    });
    expect(registry.received[0]?.headers).not.toHaveProperty('authorization');
  });

  it('requests a schema once, however many records wait for it', async () => {
    const decode = decoder();
    registry.hold();
    const both = Promise.all([decode(framed(1, 1)), decode(framed(1, 2))]);
    registry.release();
    expect(await both).toEqual([{ a: 1 }, { a: 2 }]);
    await decode(framed(1, 3));
    await decode(framed(2, 4));
    expect(asked()).toEqual(['GET /schemas/ids/1', 'GET /schemas/ids/2']);
  });

  it('keeps the path of the registry, and sends its credentials', async () => {
    const decode = decoder({
      SCHEMA_REGISTRY_URL: `${registry.url}/apis/ccompat/v7`,
      SCHEMA_REGISTRY_USER: 'guerdon',
      SCHEMA_REGISTRY_PASSWORD: 'hush: ü',
    });
    await decode(framed(1));
    expect(asked()).toEqual(['GET /apis/ccompat/v7/schemas/ids/1']);
    const credentials = Buffer.from('guerdon:hush: ü').toString('base64');
    expect(registry.received[0]?.headers.authorization).toBe(`Basic ${credentials}`);
  });

  it.each([
    ['it does not know', json(404, { error_code: 40_403, message: 'no' }), 'unknown-schema'],
    ['of another kind', json(200, { schema: '{}', schemaType: 'JSON' }), 'unsupported-schema'],
    [
      'that has references',
      json(200, { schema: '"int"', references: [{ name: 'x' }] }),
      'unsupported-schema',
    ],
    ['that is none', json(200, { schema: '{"type":"record"}' }), 'unsupported-schema'],
  ])('refuses data by a schema %s', async (_what, answer, code) => {
    registry.answer(() => answer);
    await expect(decoder()(framed(1))).rejects.toMatchObject({ name: 'InvalidEvent', code });
  });

  it.each([
    ['does not work', json(500, { error_code: 50_001 })],
    ['lets nobody in', json(401, { error_code: 40_101 })],
    ['is none, but a server with other pages', { status: 404, body: '<html>Not found</html>' }],
    ['sends something else', json(200, { text: 'hello' })],
    ['sends no JSON', { status: 200, body: '{' }],
  ])('is Unavailable while the registry %s, and asks again', async (_what, answer) => {
    const decode = decoder();
    registry.answer(() => answer);
    await expect(decode(framed(1))).rejects.toMatchObject({
      name: 'Unavailable',
      dependency: 'schema-registry',
    });
    registry.answer(() => json(200, { schema: JSON.stringify(schema) }));
    expect(await decode(framed(1))).toEqual({ a: 7 });
  });

  it('is Unavailable while nobody answers', async () => {
    const nobody = avroDecoder({ SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' });
    await expect(nobody(framed(1))).rejects.toMatchObject({ name: 'Unavailable' });
  });

  it.each([
    ['a zero byte alone', Buffer.from([0])],
    ['half of a number', Buffer.from([0, 0, 0, 0])],
    ['no zero byte', Buffer.from([1, 0, 0, 0, 1, 14])],
    ['a number without a body', framed(1).subarray(0, 5)],
  ])('refuses %s', async (_what, data) => {
    await expect(decoder()(data)).rejects.toMatchObject({ code: 'malformed-avro' });
  });

  it('refuses all of it without a registry, and names the variable to set', async () => {
    await expect(avroDecoder({})(framed(1))).rejects.toMatchObject({
      code: 'avro-not-configured',
      message: expect.stringContaining('SCHEMA_REGISTRY_URL') as string,
    });
  });
});
