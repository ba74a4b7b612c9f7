import { Type } from 'avsc';
import { describe, expect, it } from 'vitest';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { avroReader } from './avro-reader.ts';

const record = (...fields: readonly object[]) => ({ type: 'record', name: 'R', fields });

/**
 * Written without our logical types, as any producer does, and read by the text of the same schema.
 */
const readBack = (schema: object | string, value: unknown): unknown => {
  const body = Type.forSchema(schema as never, { wrapUnions: 'always' }).toBuffer(value);
  return avroReader(JSON.stringify(schema))(body);
};

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidEvent) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

const millis = { type: 'long', logicalType: 'timestamp-millis' };
const decimal = (scale?: number) => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision: 20,
  scale,
});

describe('avroReader', () => {
  it.each<[what: string, schema: object | string, value: unknown, expected: unknown]>([
    ['the largest long that is safe', 'long', 9_007_199_254_740_990, 9_007_199_254_740_990],
    ['an instant as ISO text', millis, 1_795_258_500_000, '2026-11-21T10:55:00.000Z'],
    [
      'an instant with microseconds',
      { type: 'long', logicalType: 'timestamp-micros' },
      1_795_258_500_000_007,
      '2026-11-21T10:55:00.000007Z',
    ],
    [
      'an instant before 1970 with microseconds',
      { type: 'long', logicalType: 'timestamp-micros' },
      -1,
      '1969-12-31T23:59:59.999999Z',
    ],
    [
      'an instant with a default',
      record({ name: 'a', type: millis, default: 0 }),
      { a: 0 },
      { a: '1970-01-01T00:00:00.000Z' },
    ],
    ['a date', { type: 'int', logicalType: 'date' }, 20_778, '2026-11-21'],
    ['a decimal', decimal(2), Buffer.from([0x01, 0xe8, 0x7a]), '1250.50'],
    ['a small decimal', decimal(2), Buffer.from([0x05]), '0.05'],
    ['a negative decimal', decimal(2), Buffer.from([0xff, 0x38]), '-2.00'],
    ['a decimal without places', decimal(), Buffer.from([0x2a]), '42'],
    ['a logical type that we do not know', { type: 'int', logicalType: 'time-millis' }, 7, 7],
    ['bytes as base64', 'bytes', Buffer.from([0, 255]), 'AP8='],
    ['an enum', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B', 'B'],
    ['a union of two kinds of numbers', ['null', 'long', 'double'], { double: 1.5 }, 1.5],
    ['an instant in a union', ['null', millis], { long: 0 }, '1970-01-01T00:00:00.000Z'],
    [
      'unions in arrays and maps',
      { type: 'map', values: { type: 'array', items: ['null', 'string', 'int'] } },
      { a: [{ string: 'x' }, { int: 7 }, null] },
      { a: ['x', 7, null] },
    ],
    [
      'a record in a union, without the fields that are null',
      ['null', record({ name: 'a', type: ['null', 'int'] }, { name: 'unwrap', type: 'int' })],
      { R: { a: null, unwrap: 7 } },
      { unwrap: 7 },
    ],
  ])('reads %s', (_what, schema, value, expected) => {
    expect(readBack(schema, value)).toEqual(expected);
  });

  it('reads records as plain objects, without what a prototype would bring', () => {
    const read = readBack(record({ name: 'm', type: { type: 'map', values: 'int' } }), {
      m: { a: 1 },
    }) as { m: object };
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(read.m)).toBe(Object.prototype);
  });

  const long = (value: bigint): Buffer => {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    return Buffer.from([...bytes, Number(rest)]);
  };

  it.each<[what: string, schema: object | string, body: Buffer]>([
    ['a long beyond 2^53', 'long', long(2n ** 53n)],
    ['a long beyond -2^53', 'long', long(-(2n ** 53n))],
    ['the largest long', 'long', long(2n ** 63n - 1n)],
    ['an instant beyond what a Date holds', millis, long(8_640_000_000_000_001n)],
    ['a body that is cut off', 'string', Buffer.from([8, 0x61])],
    ['an empty body', record({ name: 'a', type: 'string' }), Buffer.alloc(0)],
    ['more than the schema says', 'int', Buffer.from([2, 2])],
    ['a branch that the union does not have', ['null', 'int'], Buffer.from([8])],
    ['NaN', 'double', Buffer.from([0, 0, 0, 0, 0, 0, 0xf8, 0x7f])],
    ['Infinity', 'float', Buffer.from([0, 0, 0x80, 0x7f])],
  ])('refuses %s', (_what, schema, body) => {
    expect(codeOf(() => avroReader(JSON.stringify(schema))(body))).toBe('malformed-avro');
  });

  it.each([['{'], ['"no.such.Type"'], ['{"type":"record"}'], ['null'], ['7']])(
    'refuses the schema %s',
    (schema) => {
      expect(codeOf(() => avroReader(schema))).toBe('unsupported-schema');
    },
  );
});
