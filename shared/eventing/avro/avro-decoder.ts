import { z } from 'zod';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { type AvroReader, avroReader } from './avro-reader.ts';
import { type RegistryAddress, schemaRegistry } from './schema-registry.ts';

/** The variables of a function that takes records in Avro. */
export const avroShape = {
  /** The registry with the producers' schemas; without one, records in Avro are refused. */
  SCHEMA_REGISTRY_URL: z.url().optional(),
  /** Together with the password: basic authentication at the registry. */
  SCHEMA_REGISTRY_USER: z.string().optional(),
  SCHEMA_REGISTRY_PASSWORD: z.string().optional(),
};

type Config = Readonly<{
  SCHEMA_REGISTRY_URL?: string | undefined;
  SCHEMA_REGISTRY_USER?: string | undefined;
  SCHEMA_REGISTRY_PASSWORD?: string | undefined;
}>;

/** Decodes data in the Confluent wire format into the same values as JSON. */
export type AvroDecoder = (data: Buffer) => Promise<unknown>;

/** A zero byte and four of the schema's number. */
export const headerBytes = 5;

/** The registry that the variables name; undefined where they name none. */
export const registryOf = (config: Config): RegistryAddress | undefined => {
  const { SCHEMA_REGISTRY_URL: url } = config;
  if (url === undefined) return undefined;
  return { url, user: config.SCHEMA_REGISTRY_USER, password: config.SCHEMA_REGISTRY_PASSWORD };
};

/**
 * A decoder of data in the Confluent wire format: a zero byte, the number of its schema, its body
 * in Avro. It throws InvalidEvent for data that is not, and for all of it where no registry is
 * configured; Unavailable while the registry does not answer.
 */
export const avroDecoder = (config: Config): AvroDecoder => {
  const address = registryOf(config);
  if (address === undefined) return refuse;
  const registry = schemaRegistry<AvroReader>({ ...address, compile: avroReader });
  return async (data) => {
    if (data.length < headerBytes || data[0] !== 0) {
      throw new InvalidEvent('malformed-avro', 'The Avro data must begin with a schema id');
    }
    const read = await registry.find(data.readUInt32BE(1));
    return read(data.subarray(headerBytes));
  };
};

const refuse: AvroDecoder = () => {
  const message = 'The data is Avro; to read it, set SCHEMA_REGISTRY_URL to its schema registry';
  return Promise.reject(new InvalidEvent('avro-not-configured', message));
};
