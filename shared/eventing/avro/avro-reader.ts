import avsc, { type Type } from 'avsc';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { logicalTypes } from './logical-types.ts';

/**
 * Reads the body of an Avro record into the same values as JSON.
 * @throws InvalidEvent when it does not fit its schema.
 */
export type AvroReader = (body: Buffer) => unknown;

/**
 * Creates a reader for the schema that a record was written with. It keeps unknown fields, so that
 * records of newer producers can be read; fields that an older producer does not write are missing,
 * as in JSON. Unions are the value that they hold; a field that is null is left out; bytes are
 * base64; a long that a number cannot hold, and a float that JSON cannot, are refused.
 * @throws InvalidEvent when the schema is not one.
 */
export const avroReader = (schema: string): AvroReader => {
  const type = typeOf(schema);
  return (body) => {
    try {
      return toPlain(type.fromBuffer(body));
    } catch (error) {
      if (error instanceof InvalidEvent) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new InvalidEvent('malformed-avro', `The data does not match its schema: ${reason}`, {
        cause: error,
      });
    }
  };
};

const typeOf = (schema: string): Type => {
  try {
    // Wrapped, because unions of two number types are otherwise ambiguous; toPlain unwraps them.
    return avsc.Type.forSchema(JSON.parse(schema, withoutDefaults) as never, {
      wrapUnions: 'always',
      omitRecordMethods: true,
      logicalTypes: logicalTypes as never,
    });
  } catch (error) {
    throw new InvalidEvent('unsupported-schema', 'The schema is not an Avro schema', {
      cause: error,
    });
  }
};

/**
 * Defaults are for readers with another schema than the writer's; avsc would convert them by our
 * logical types, which only read.
 */
const withoutDefaults = (name: string, value: unknown): unknown =>
  name === 'default' ? undefined : value;

type Branch = Readonly<{ unwrap: () => unknown }>;

/** A value of a union; nothing else that avsc reads holds a function. */
const isBranch = (value: object): value is Branch =>
  'unwrap' in value && typeof value.unwrap === 'function';

const toPlain = (value: unknown): unknown => {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new InvalidEvent(
      'malformed-avro',
      `The data contains ${value}, which is not a JSON number`,
    );
  }
  return typeof value === 'object' && value !== null ? objectToPlain(value) : value;
};

const objectToPlain = (value: object): unknown => {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(toPlain);
  if (isBranch(value)) return toPlain(value.unwrap());
  const entries = Object.entries(value).map(([name, field]) => [name, toPlain(field)] as const);
  return Object.fromEntries(entries.filter(([, field]) => field !== null));
};
