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

/**
 * Writes addresses to a file where other commands find them.
 * @returns a function that removes it.
 */
export const announceAddresses = async (all: Addresses): Promise<() => Promise<void>> => {
  await writeFile(file, JSON.stringify(all));
  return () => rm(file, { force: true });
};

/**
 * The address in the variable of that name, else that of the running `npm run dev`.
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
