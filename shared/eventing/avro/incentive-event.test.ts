import { readFileSync } from 'node:fs';
import { Type } from 'avsc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type RecordingSink, recordingSink } from '#scripts/knative/receivers/recording-sink.ts';
import type { Contract } from '../contract.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
} from '../contracts/incentives.ts';
import { PointsAwarded } from '../contracts/points-events.ts';
import { type DomainEvent, domainEventOf } from '../domain-event.ts';
import { avroReader } from './avro-reader.ts';
import { incentiveEncoder } from './incentive-encoder.ts';
import { incentiveEventSchema } from './incentive-event-schema.ts';

type Field = Readonly<{ name: string; type: unknown }>;
type Schema = Readonly<{ fields: readonly Field[] }>;

const read = (path: string): Schema =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Schema;

/** As it was first published. It never changes; a later version gets a separate file. */
const firstPublished = read('./fixtures/incentive-event-v1.avsc');
const current = incentiveEventSchema as Schema;

const eventFrom = (contract: Contract, data: object): DomainEvent =>
  domainEventOf(contract, {
    cause: ['default', 'i-1'],
    partitionKey: 'c-1',
    time: new Date(),
    data,
  });

const { refusedBy: _cap, ...refusedExample } = IncentiveRefused.example;
const coupon = { type: 'COUPON', amount: 1, couponCode: 'SPRING-1' };
const events: readonly (readonly [type: string, contract: Contract, data: object])[] = [
  ['INCENTIVE_NOTIFICATION', IncentiveGenerated, IncentiveGenerated.example],
  [
    'INCENTIVE_NOTIFICATION',
    IncentiveGenerated,
    { ...IncentiveGenerated.example, reward: coupon, expiresAt: '2026-12-21T10:15:00.000Z' },
  ],
  ['INCENTIVE_REFUSED', IncentiveRefused, IncentiveRefused.example],
  [
    'INCENTIVE_REFUSED',
    IncentiveRefused,
    { ...refusedExample, refusedBy: { kind: 'no-coupon', pool: 'spring' } },
  ],
  ['INCENTIVE_REFUSED', IncentiveRefused, { ...refusedExample, refusedBy: { kind: 'reversed' } }],
  [
    'INCENTIVE_REFUSED',
    IncentiveRefused,
    { ...refusedExample, refusedBy: { kind: 'no-program', program: 'miles' } },
  ],
  ['INCENTIVE_REVERSED', IncentiveReversed, IncentiveReversed.example],
  ['INCENTIVE_EXPIRED', IncentiveExpired, IncentiveExpired.example],
];

const json = (status: number, body: object) => ({ status, body: JSON.stringify(body) });

describe('incentiveEncoder', () => {
  let registry: RecordingSink;
  beforeEach(async () => {
    registry = await recordingSink();
    registry.answer(() => json(200, { subject: 'incentives', version: 1, id: 0xfedc_ba98 }));
  });
  afterEach(() => registry.close());

  const encoder = () =>
    incentiveEncoder({
      SCHEMA_REGISTRY_URL: registry.url,
      INCENTIVE_SCHEMA_SUBJECT: 'incentives/v 1',
    })!;

  it.each(events)(
    'writes %s so that its contract reads what it reads of JSON',
    async (...event) => {
      const [type, contract, data] = event;
      const written = await encoder().encode(eventFrom(contract, data));
      expect(written?.subarray(0, 5).toString('hex')).toBe('00fedcba98');
      const found = avroReader(JSON.stringify(current))(written!.subarray(5)) as { type: string };
      expect(found.type).toBe(type);
      expect(contract.schema.parse(found)).toEqual(contract.schema.parse(data));
    },
  );

  it('requests once the id that the registry has for the published schema', async () => {
    const { encode } = encoder();
    const domainEvent = eventFrom(IncentiveGenerated, IncentiveGenerated.example);
    await Promise.all([encode(domainEvent), encode(domainEvent)]);
    await encode(domainEvent);
    const [request, ...others] = registry.received;
    expect(others).toEqual([]);
    expect(request).toMatchObject({ method: 'POST', url: '/subjects/incentives%2Fv%201' });
    expect(request?.headers['content-type']).toBe('application/vnd.schemaregistry.v1+json');
    const { schema } = JSON.parse(request?.body ?? '') as { schema: string };
    expect(JSON.parse(schema)).toEqual(read('../../../docs/api/incentive-event.avsc'));
  });

  it('leaves events that are not about incentives as they are', async () => {
    const domainEvent = eventFrom(PointsAwarded, PointsAwarded.example);
    expect(await encoder().encode(domainEvent)).toBeUndefined();
    expect(registry.received).toEqual([]);
  });

  it.each([
    ['lacks the subject', json(404, { error_code: 40_401 }), 'not registered under the subject'],
    ['lacks the schema', json(404, { error_code: 40_403 }), 'not registered under the subject'],
    ['does not work', json(500, { error_code: 50_001 }), 'is unavailable'],
    ['answers something else', json(200, { id: 'seven' }), 'is unavailable'],
  ])('is Unavailable while the registry %s, and asks again', async (_what, answer, message) => {
    const { encode } = encoder();
    const domainEvent = eventFrom(IncentiveGenerated, IncentiveGenerated.example);
    registry.answer(() => answer);
    await expect(encode(domainEvent)).rejects.toMatchObject({
      ...{ name: 'Unavailable', dependency: 'schema-registry' },
      message: expect.stringContaining(message) as string,
    });
    registry.answer(() => json(200, { id: 1 }));
    expect(await encode(domainEvent)).toBeInstanceOf(Buffer);
  });

  it('refuses permanently what does not fit the schema', async () => {
    const domainEvent = eventFrom(IncentiveGenerated, { ...IncentiveGenerated.example, userId: 7 });
    await expect(encoder().encode(domainEvent)).rejects.toMatchObject({ code: 'event-malformed' });
  });

  it('needs a registry for a subject, and is none without a subject', () => {
    expect(() => incentiveEncoder({ INCENTIVE_SCHEMA_SUBJECT: 'incentives' })).toThrow(
      'needs SCHEMA_REGISTRY_URL',
    );
    expect(incentiveEncoder({ SCHEMA_REGISTRY_URL: registry.url })).toBeUndefined();
  });
});

describe('versions of docs/api/incentive-event.avsc', () => {
  const typeOf = (schema: Schema): Type => Type.forSchema(schema as never);
  const without = (name: string): Schema => ({
    ...firstPublished,
    fields: firstPublished.fields.filter((field) => field.name !== name),
  });
  const withField = (schema: Schema, field: Field): Schema => ({
    ...schema,
    fields: [...schema.fields, field],
  });
  const event = {
    ...IncentiveGenerated.example,
    type: 'INCENTIVE_NOTIFICATION',
    qualifiedAt: 1_795_258_500_000,
    issuedAt: 1_795_258_500_120,
  };

  /** The value as a consumer with the other schema reads it, or Avro's reason why it cannot. */
  const evolve = (older: Schema, newer: Schema): unknown => {
    const reader = typeOf(newer);
    const writer = typeOf(older);
    return reader.fromBuffer(writer.toBuffer(event), reader.createResolver(writer));
  };

  const { incentiveId, reward, issuedAt } = event;

  it('read what was written by the first', () => {
    expect(evolve(firstPublished, current)).toMatchObject({ incentiveId, reward, issuedAt });
  });

  it('are read by consumers that still use the first', () => {
    expect(evolve(current, firstPublished)).toMatchObject({ incentiveId, reward, issuedAt });
  });

  it('are read by consumers that know the frame of a client alone', () => {
    const frame = ['type', 'incentiveId', 'campaignId', 'reward', 'issuedAt'];
    const least = { ...current, fields: current.fields.filter(({ name }) => frame.includes(name)) };
    const { type, campaignId } = event;
    expect(evolve(current, least)).toMatchObject({ type, incentiveId, campaignId, issuedAt });
    expect(evolve(least, current)).toMatchObject({ type, incentiveId, campaignId, issuedAt });
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
      withField(without('userId'), { name: 'userId', type: 'long' }),
    ],
    ['a field left out that old consumers need', without('incentiveId'), firstPublished],
  ])('would be refused with %s', (_what, older, newer) => {
    expect(() => evolve(older, newer)).toThrow(/cannot read|no matching field|incompatible/i);
  });
});

describe('the fields of docs/api/incentive-event.avsc', () => {
  const contracts = [IncentiveGenerated, IncentiveRefused, IncentiveReversed, IncentiveExpired];

  it('are type and those of the contracts in JSON', () => {
    const inJson = contracts.flatMap(({ schema }) =>
      jsonPaths(z.toJSONSchema(schema, { io: 'input' })),
    );
    expect(new Set(avroPaths(current))).toEqual(new Set(['type', ...inJson]));
  });

  type JsonSchema = z.core.JSONSchema._JSONSchema;

  /** The names of all fields, such as `reward.amount`, also of each alternative. */
  const jsonPaths = (schema: JsonSchema, within = ''): readonly string[] => {
    if (typeof schema === 'boolean') return [];
    const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
      within + name,
      ...jsonPaths(field, `${within}${name}.`),
    ]);
    const others = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
    return [...own, ...others.flatMap((other) => jsonPaths(other, within))];
  };

  /** The same of a record in Avro, whose optional fields are unions with null. */
  const avroPaths = ({ fields }: Schema, within = ''): readonly string[] =>
    fields.flatMap(({ name, type }) => [
      within + name,
      ...[type].flat().flatMap((one) => (isRecord(one) ? avroPaths(one, `${within}${name}.`) : [])),
    ]);

  const isRecord = (type: unknown): type is Schema =>
    typeof type === 'object' && type !== null && 'fields' in type;
});
