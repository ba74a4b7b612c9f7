import { readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const file = resolve(import.meta.dirname, '../../.guerdon/dev/brokers');

/** Leaves the brokers' addresses where other commands find them. @returns how to take them away again. */
export const announceBrokers = async (brokers: readonly string[]): Promise<() => Promise<void>> => {
  await writeFile(file, brokers.join(','));
  return () => rm(file, { force: true });
};

/**
 * The brokers of KAFKA_BROKERS, else of the platform that `npm run dev` keeps up.
 * @throws Error when there is neither.
 */
export const findBrokers = async (): Promise<readonly string[]> => {
  const variable = process.env['KAFKA_BROKERS'];
  if (variable) return variable.split(',');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error('No platform found: start one with `npm run dev`, or set KAFKA_BROKERS');
  });
  return text.split(',');
};

/** Says of an error of Kafka's client what it means here; any other one stays as it is. */
export const explainKafka = (error: unknown): unknown =>
  error instanceof Error && error.name.startsWith('KafkaJS')
    ? new Error(`Kafka does not answer: is the platform up? (${error.message})`, { cause: error })
    : error;
