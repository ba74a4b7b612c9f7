import { z } from 'zod';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';

/** The address of a registry, and the credentials for it. */
export type RegistryAddress = Readonly<{
  /** The base URL of the registry. */
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  /** How long the registry may take for an answer. */
  timeoutMs?: number;
}>;

type Options<Compiled> = RegistryAddress &
  Readonly<{
    /**
     * Parses a schema's text into what is cached.
     * @throws InvalidEvent when it cannot be parsed.
     */
    compile: (schema: string) => Compiled;
  }>;

/** Finds schemas by the number that producers write in front of their records. */
export type SchemaRegistry<Compiled> = Readonly<{
  /**
   * The result for a schema: concurrent requests share one query, and the result is kept for the
   * life of the process, since a registry never reuses an id.
   * @throws InvalidEvent when the registry knows no such schema, or it is not Avro.
   * @throws Unavailable if the registry does not respond.
   */
  find: (id: number) => Promise<Compiled>;
}>;

/** A client of a schema registry with the REST API of Confluent's, which others speak too. */
export const schemaRegistry = <Compiled>(options: Options<Compiled>): SchemaRegistry<Compiled> => ({
  find: requestOnce((id) => ask(id, options).then(options.compile)),
});

/** Queries once for each key, shared by concurrent callers, and then caches the result. */
export const requestOnce = <Key, Answer>(
  question: (key: Key) => Promise<Answer>,
): ((key: Key) => Promise<Answer>) => {
  const known = new Map<Key, Promise<Answer>>();
  return (key) => {
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const asked = question(key);
    known.set(key, asked);
    // A failed query is repeated by the next caller.
    asked.catch(() => known.delete(key));
    return asked;
  };
};

/**
 * The id of a schema under a subject: the lookup of a serializer that may not register schemas.
 * @throws Unavailable when the subject lacks the schema, or the registry does not answer.
 */
export const registeredId = async (
  address: RegistryAddress,
  subject: string,
  schema: string,
): Promise<number> => {
  const path = `subjects/${encodeURIComponent(subject)}`;
  const { status, body } = await request(path, address, { schema });
  const answer = registered.safeParse(status === 200 ? body : undefined);
  if (answer.success) return answer.data.id;
  if (status === 404 && missing.safeParse(body).success) {
    const message = `The schema is not registered under the subject ${subject}`;
    throw new Unavailable('schema-registry', message);
  }
  throw unavailable(new Error(`The registry answered POST ${path} with ${status}`));
};

const registered = z.object({ id: z.int().min(0).max(0xffff_ffff) });

/** A registry's own 404: no such subject, or no such schema under it. */
const missing = z.object({ error_code: z.literal([40_401, 40_403]) });

const mediaType = 'application/vnd.schemaregistry.v1+json';

const ask = async (id: number, address: RegistryAddress): Promise<string> => {
  const { status, body } = await request(`schemas/ids/${id}`, address);
  if (status === 404 && unknownSchema.safeParse(body).success) {
    throw new InvalidEvent('unknown-schema', `Schema ${id} does not exist in the schema registry`);
  }
  const answer = found.safeParse(status === 200 ? body : undefined);
  if (!answer.success) {
    throw unavailable(new Error(`The registry answered GET schemas/ids/${id} with ${status}`));
  }
  const { schema, schemaType, references } = answer.data;
  if (schemaType !== 'AVRO' || references.length > 0) {
    const what = schemaType === 'AVRO' ? 'has references' : `is ${schemaType.slice(0, 20)}`;
    throw new InvalidEvent(
      'unsupported-schema',
      `Schema ${id} ${what}; it must be a single Avro schema`,
    );
  }
  return schema;
};

/** A registry's own 404; a 404 from a wrong address does not mean that the schema is unknown. */
const unknownSchema = z.object({ error_code: z.literal(40_403) });

const found = z.object({
  schema: z.string(),
  schemaType: z.string().default('AVRO'),
  references: z.array(z.unknown()).default([]),
});

/** A GET, or a POST of what is given. */
const request = async (
  path: string,
  { url, user, password, timeoutMs = 5_000 }: RegistryAddress,
  document?: object,
): Promise<Readonly<{ status: number; body: unknown }>> => {
  const base = url.endsWith('/') ? url : `${url}/`;
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  try {
    const answer = await fetch(new URL(path, base), {
      ...(document && { method: 'POST', body: JSON.stringify(document) }),
      headers: {
        accept: `${mediaType}, application/json`,
        ...(document && { 'content-type': mediaType }),
        ...(user !== undefined && { authorization: `Basic ${credentials}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: answer.status, body: parseJson(await answer.text()) };
  } catch (error) {
    throw unavailable(error);
  }
};

/** Undefined if it is not JSON, such as the page of a proxy. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const unavailable = (cause: unknown): Unavailable =>
  new Unavailable('schema-registry', 'The schema registry is unavailable', { cause });
