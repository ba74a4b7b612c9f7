import { readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';

const addresses = z.object({
  DATABASE_URL: z.string(),
  REDIS_URL: z.string(),
  KAFKA_BROKERS: z.string(),
});

type Addresses = z.infer<typeof addresses>;

const file = resolve(import.meta.dirname, '../../.guerdon/dev/addresses.json');

/** Leaves addresses where other commands find them. @returns how to remove them again. */
export const announceAddresses = async (all: Addresses): Promise<() => Promise<void>> => {
  await writeFile(file, JSON.stringify(all));
  return () => rm(file, { force: true });
};

/**
 * An address from the variable of that name, else of the platform that `npm run dev` keeps up.
 * @throws Error when there is neither.
 */
export const findAddress = async (name: keyof Addresses): Promise<string> => {
  const variable = process.env[name];
  if (variable) return variable;
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`No platform found: start one with \`npm run dev\`, or set ${name}`);
  });
  return addresses.parse(JSON.parse(text))[name];
};

/** The brokers, one by one. */
export const findBrokers = async (): Promise<readonly string[]> =>
  (await findAddress('KAFKA_BROKERS')).split(',');

/**
 * The error code of a broker that answered and refused, such as MESSAGE_TOO_LARGE, also behind
 * used-up retries.
 */
const refusalOf = (error: Error): string | undefined => {
  if ('type' in error && typeof error.type === 'string') return error.type;
  return error.cause instanceof Error ? refusalOf(error.cause) : undefined;
};

/**
 * Explains an error of Kafka's client: refused with a code, or not reached. Any other error is
 * returned as it is.
 */
export const explainKafka = (error: unknown): unknown => {
  if (!(error instanceof Error) || !error.name.startsWith('KafkaJS')) return error;
  const refusal = refusalOf(error);
  return refusal === undefined
    ? new Error(`Kafka is unreachable; is the platform running? (${error.message})`, {
        cause: error,
      })
    : new Error(`Kafka refused the request: ${error.message} (${refusal})`, { cause: error });
};
