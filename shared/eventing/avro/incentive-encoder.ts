import avsc from 'avsc';
import { z } from 'zod';
import { InvalidEvent } from '#shared/domain/errors.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
} from '../contracts/incentives.ts';
import type { DomainEvent } from '../domain-event.ts';
import type { EventEncoder } from '../event-encoder.ts';
import { avroShape, headerBytes, registryOf } from './avro-decoder.ts';
import { incentiveEventSchema } from './incentive-event-schema.ts';
import { registeredId, requestOnce } from './schema-registry.ts';

/** The variables of a function that publishes events of incentives. */
export const incentiveAvroShape = {
  ...avroShape,
  /**
   * The subject of the registry that has docs/api/incentive-event.avsc; without one, events of
   * incentives are JSON.
   */
  INCENTIVE_SCHEMA_SUBJECT: z.string().optional(),
};

type Config = Readonly<Partial<Record<keyof typeof incentiveAvroShape, string | undefined>>>;

/**
 * Encodes events of incentives in the Confluent wire format under the id that the registry has for
 * our schema; undefined where no subject is configured. The registry is queried once. While it does
 * not know our schema or does not answer, encoding throws Unavailable, so that events wait in the
 * log of incentives and no consumer receives what it cannot decode.
 * @throws Error where there is a subject and no registry.
 */
export const incentiveEncoder = (config: Config): EventEncoder | undefined => {
  const { INCENTIVE_SCHEMA_SUBJECT: subject } = config;
  if (subject === undefined) return undefined;
  const registry = registryOf(config);
  if (registry === undefined) throw new Error('INCENTIVE_SCHEMA_SUBJECT needs SCHEMA_REGISTRY_URL');
  const schemaIdUnder = requestOnce((name: string) =>
    registeredId(registry, name, JSON.stringify(incentiveEventSchema)),
  );
  return {
    contentType: 'application/avro',
    encode: async (domainEvent) => {
      const type = types.get(domainEvent.type);
      return type === undefined
        ? undefined
        : encode(await schemaIdUnder(subject), type, domainEvent);
    },
  };
};

const types: ReadonlyMap<string, string> = new Map([
  [IncentiveGenerated.type, 'INCENTIVE_NOTIFICATION'],
  [IncentiveRefused.type, 'INCENTIVE_REFUSED'],
  [IncentiveReversed.type, 'INCENTIVE_REVERSED'],
  [IncentiveExpired.type, 'INCENTIVE_EXPIRED'],
]);

// By the default export: Node finds no names in this CommonJS module when scripts load it.
const writer = avsc.Type.forSchema(incentiveEventSchema as never, { wrapUnions: 'never' });

/** A zero byte and four of the schema's id, then the body. */
const encode = (schemaId: number, type: string, { id, data }: DomainEvent): Buffer => {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(schemaId, 1);
  try {
    return Buffer.concat([header, writer.toBuffer({ ...withMillis(data as object), type })]);
  } catch (error) {
    throw new InvalidEvent('event-malformed', `Event ${id} cannot be written as IncentiveEvent`, {
      cause: error,
    });
  }
};

/** Instants are ISO 8601 text in an event, and milliseconds in Avro. */
const withMillis = (data: object): object =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]: [string, unknown]) => [
      name,
      name.endsWith('At') ? Date.parse(value as string) : value,
    ]),
  );
