import { type AvroDecoder, avroDecoder } from './avro-decoder.ts';

/**
 * Decodes events of incentives into what they are in JSON: without `type`, which the record has for
 * consumers that read no headers.
 */
export const incentiveDecoder = (config: Parameters<typeof avroDecoder>[0]): AvroDecoder => {
  const decode = avroDecoder(config);
  return async (bytes) => {
    const { type: _type, ...data } = (await decode(bytes)) as Readonly<Record<string, unknown>>;
    return data;
  };
};
