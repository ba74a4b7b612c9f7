import { readFileSync } from 'node:fs';
import { Type } from 'avsc';
import { describe, expect, it } from 'vitest';
import { ActionPerformed } from '../contracts/tenant-events.ts';
import { avroReader } from './avro-reader.ts';

type Field = Readonly<{ name: string; type: unknown }>;
type Schema = Readonly<{ fields: readonly Field[] }>;

const read = (path: string): Schema =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Schema;

const published = read('../../../docs/api/action-event.avsc');
/** As it was first published. It never changes; a later version gets a separate file. */
const firstPublished = read('./fixtures/action-event-v1.avsc');

const typeOf = (schema: Schema): Type => Type.forSchema(schema as never, { wrapUnions: 'always' });
const write = (schema: Schema, value: object): Buffer => typeOf(schema).toBuffer(value);
const without = (schema: Schema, ...names: readonly string[]): Schema => ({
  ...schema,
  fields: schema.fields.filter(({ name }) => !names.includes(name)),
});
const withField = (schema: Schema, field: Field): Schema => ({
  ...schema,
  fields: [...schema.fields, field],
});

/** What evaluate-campaign sees of a record that was written by a schema. */
const received = (schema: Schema, value: object) =>
  ActionPerformed.schema.parse(avroReader(JSON.stringify(schema))(write(schema, value)));

const occurredAt = new Date('2026-11-21T10:15:00.123Z');
const event = {
  eventId: 'e-900001',
  tenantId: 'default',
  userId: 'c-1007',
  action: 'PURCHASE',
  occurredAt: { long: occurredAt.getTime() },
  schemaVersion: { int: 2 },
  payload: {
    amountMinor: { long: 125_050 },
    weight: { double: 1.5 },
    gift: { boolean: true },
    category: { string: 'books' },
    tags: { array: ['new', 'sale'] },
    coupon: null,
  },
};

describe('docs/api/action-event.avsc', () => {
  it('describes what the contract accepts, field by field', () => {
    expect(received(published, event)).toEqual({
      eventId: 'e-900001',
      tenantId: 'default',
      userId: 'c-1007',
      action: 'PURCHASE',
      occurredAt,
      schemaVersion: 2,
      payload: {
        amountMinor: 125_050,
        weight: 1.5,
        gift: true,
        category: 'books',
        tags: ['new', 'sale'],
      },
    });
  });

  it('needs no more than the contract does', () => {
    const least = { ...event, occurredAt: null, schemaVersion: null, payload: {} };
    const { eventId, tenantId, userId, action } = event;
    expect(received(published, least)).toEqual({ eventId, tenantId, userId, action, payload: {} });
  });

  it('may be older at a producer: what it does not write is as if left out', () => {
    const older = without(published, 'tenantId', 'schemaVersion', 'payload');
    const { eventId, userId, action } = event;
    const least = { eventId, tenantId: 'default', userId, action, payload: {} };
    expect(received(older, event)).toEqual({ ...least, occurredAt });
  });

  it('may be newer at a producer: unknown fields are kept besides the payload', () => {
    const newer = withField(published, {
      name: 'device',
      type: ['null', { type: 'record', name: 'Device', fields: [{ name: 'os', type: 'string' }] }],
    });
    const device = { 'dev.guerdon.events.Device': { os: 'android' } };
    expect(received(newer, { ...event, device })).toMatchObject({
      eventId: 'e-900001',
      device: { os: 'android' },
    });
  });

  it('may have a payload of its own at a producer', () => {
    const own = withField(without(published, 'payload'), {
      name: 'payload',
      type: {
        type: 'record',
        name: 'Purchase',
        fields: [
          { name: 'amountMinor', type: 'long' },
          { name: 'paidAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
        ],
      },
    });
    const payload = { amountMinor: 125_050, paidAt: occurredAt.getTime() };
    expect(received(own, { ...event, payload }).payload).toEqual({
      amountMinor: 125_050,
      paidAt: '2026-11-21T10:15:00.123Z',
    });
  });
});

describe('versions of docs/api/action-event.avsc', () => {
  /** The value as a consumer with the newer schema reads it, or Avro's reason why it cannot. */
  const evolve = (older: Schema, newer: Schema): unknown => {
    const reader = typeOf(newer);
    return reader.fromBuffer(write(older, event), reader.createResolver(typeOf(older)));
  };

  it('read what was written by the first', () => {
    expect(evolve(firstPublished, published)).toMatchObject({
      eventId: 'e-900001',
      occurredAt: { long: occurredAt.getTime() },
    });
  });

  it('are read by consumers that still use the first', () => {
    expect(evolve(published, firstPublished)).toMatchObject({ eventId: 'e-900001' });
  });

  it.each([
    [
      'a new field without a default',
      firstPublished,
      withField(firstPublished, { name: 'device', type: 'string' }),
    ],
    [
      'another type of a field',
      firstPublished,
      withField(without(firstPublished, 'userId'), { name: 'userId', type: 'long' }),
    ],
    ['a field left out that old consumers need', without(firstPublished, 'action'), firstPublished],
  ])('would be refused with %s', (_what, older, newer) => {
    expect(() => evolve(older, newer)).toThrow(/cannot read|no matching field|incompatible/i);
  });
});
