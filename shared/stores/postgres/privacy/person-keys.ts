import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { isErased } from './erased-persons.ts';
import type { Person } from './person.ts';
import { dataKeyBytes, type PersonCipher, personCipher } from './person-cipher.ts';

/** Wraps data keys with a master key, each bound to what it is the key of. */
export type MasterKeys = Readonly<{
  seal: (key: string, of: string) => string;
  open: (wrapped: string, of: string) => string;
  /** The id of the master key that wraps: what it wrapped begins with it and a dot. */
  keyId: string;
}>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type PersonKeys = Readonly<{
  /**
   * The ciphers of persons, in order, each with a key that is made when it is first needed;
   * undefined for a person who is erased: then there is nothing to encrypt.
   */
  toEncrypt: (persons: readonly Person[]) => Promise<readonly (PersonCipher | undefined)[]>;
  /** The ciphers of persons, in order; undefined where the key was destroyed, or never made. */
  toDecrypt: (persons: readonly Person[]) => Promise<readonly (PersonCipher | undefined)[]>;
}>;

type Options = Readonly<{
  masterKeys: MasterKeys;
  /**
   * How long an unwrapped key stays in memory: for so long after an erasure a pod may still read
   * what it has, and what it writes is unreadable from then on.
   */
  cachedMs?: number;
  /** Unwrapped keys in memory. */
  cachedMax?: number;
}>;

/**
 * Envelope encryption: a data key per person, wrapped with a master key that Postgres does not have
 * (NIST SP 800-57 part 1, 6.2.2, calls them data and key-wrapping keys). Destroying the row of a
 * person's key makes everything unreadable that is encrypted with it, in archives and backups, too.
 */
export const personKeys = (
  sql: Sql,
  { masterKeys, cachedMs = 60_000, cachedMax = 10_000 }: Options,
): PersonKeys => {
  const cached = new LRUCache<string, PersonCipher>({ max: cachedMax, ttl: cachedMs });
  const { toEncrypt, toDecrypt } = keysBy(sql, masterKeys, cached);
  return {
    toEncrypt: (persons) => withPostgres(() => toEncrypt(persons)),
    toDecrypt: (persons) => withPostgres(() => toDecrypt(persons)),
  };
};

/**
 * The same within a transaction: keys that it makes exist only if it commits, so nothing is
 * remembered after it. Errors are those of the driver.
 */
export const personKeysIn = (tx: Transaction, masterKeys: MasterKeys): PersonKeys =>
  keysBy(tx, masterKeys, new Map());

type Remembered = Readonly<{
  get: (name: string) => PersonCipher | undefined;
  set: (name: string, cipher: PersonCipher) => unknown;
}>;

const keysBy = (
  sql: Sql | Transaction,
  masterKeys: MasterKeys,
  remembered: Remembered,
): PersonKeys => {
  const keep = (person: Person, wrapped: string): PersonCipher => {
    const key = Buffer.from(masterKeys.open(wrapped, wrappedFor(person)), 'base64');
    const cipher = personCipher(key, person);
    remembered.set(nameOf(person), cipher);
    return cipher;
  };
  const ciphers = async (
    persons: readonly Person[],
    read: (missing: readonly Person[]) => Promise<ReadonlyMap<string, string>>,
  ) => {
    const known = persons.map((person) => remembered.get(nameOf(person)));
    const missing = new Map(
      persons
        .filter((_person, index) => known[index] === undefined)
        .map((person) => [nameOf(person), person]),
    );
    const wrapped = await read([...missing.values()]);
    return persons.map((person, index) => {
      const own = wrapped.get(nameOf(person));
      return known[index] ?? (own === undefined ? undefined : keep(person, own));
    });
  };

  return {
    toDecrypt: (persons) => ciphers(persons, (missing) => readKeys(sql, missing)),
    toEncrypt: (persons) =>
      ciphers(persons, async (missing) => {
        const found = await readKeys(sql, missing);
        const fresh = missing.filter((person) => !found.has(nameOf(person)));
        if (fresh.length === 0) return found;
        await insertKeys(sql, masterKeys, fresh);
        // Read again, since another pod may have been first.
        return new Map([...found, ...(await readKeys(sql, fresh))]);
      }),
  };
};

const nameOf = ({ tenantId, personId }: Person): string => `${tenantId} ${personId}`;

/** What a wrapped key is bound to, so that it opens in the row of its person only. */
const wrappedFor = (person: Person): string =>
  boundTo(person.tenantId, createHash('sha256').update(nameOf(person)).digest('hex').slice(0, 32));

const boundTo = (tenantId: string, digest: string): string => `person ${tenantId} ${digest}`;

const wanted = (
  sql: Sql | Transaction,
  persons: readonly (Person & Readonly<{ wrapped?: string }>)[],
) => {
  const columns = { tenantId: 'text', personId: 'text', wrapped: 'text' } as const;
  return rowsOf(sql, { wanted: persons }, columns);
};

const readKeys = async (
  sql: Sql | Transaction,
  persons: readonly Person[],
): Promise<ReadonlyMap<string, string>> => {
  if (persons.length === 0) return new Map();
  const rows = await sql<(Person & { wrappedKey: string })[]>`
    select wanted.tenant_id, wanted.person_id, wrapped_key
    from ${wanted(sql, persons)} cross join lateral (
      select wrapped_key from person_keys own
      where own.tenant_id = wanted.tenant_id and own.person = person_digest(wanted.tenant_id, wanted.person_id)
      limit 1) own`;
  return new Map(rows.map(({ wrappedKey, ...person }) => [nameOf(person), wrappedKey]));
};

/** In one order, so that two that make the same wait for each other but never in a circle. */
const insertKeys = async (
  sql: Sql | Transaction,
  masterKeys: MasterKeys,
  persons: readonly Person[],
): Promise<void> => {
  const rows = persons.map((person) => ({
    ...person,
    wrapped: masterKeys.seal(randomBytes(dataKeyBytes).toString('base64'), wrappedFor(person)),
  }));
  await sql`
    insert into person_keys (tenant_id, person, wrapped_key)
    select tenant_id, person_digest(tenant_id, person_id), wrapped from ${wanted(sql, rows)}
    where not ${isErased(sql, { tenant: sql`wanted.tenant_id`, person: sql`wanted.person_id` })}
    order by 1, 2 on conflict do nothing`;
};

/** Where a page of keys ended. */
type Place = Readonly<{ tenantId: string; digest: string }>;

/**
 * Wraps the keys that older master keys wrapped with the current one, page by page, and returns how
 * many. Nothing that is encrypted changes. Interrupted, the next call continues; of several at once
 * each key is wrapped by one, and a key that is destroyed meanwhile stays destroyed. Keys that pods
 * with the older configuration make meanwhile are left to the next call.
 * @throws Error when a key was wrapped with a master key that is not given
 */
export const rewrapKeys = async (
  sql: Sql,
  { masterKeys, keysPerPage = 500 }: Readonly<{ masterKeys: MasterKeys; keysPerPage?: number }>,
): Promise<number> => {
  let rewrapped = 0;
  let after: Place | undefined = { tenantId: '', digest: '' };
  while (after !== undefined) {
    const page = await readOldKeys(sql, { masterKeys, keysPerPage, after });
    rewrapped += await replaceKeys(sql, masterKeys, page);
    after = page.at(-1);
  }
  return rewrapped;
};

type OldKey = Place & Readonly<{ wrappedKey: string }>;

const readOldKeys = (
  sql: Sql,
  {
    masterKeys: { keyId },
    keysPerPage,
    after: { tenantId, digest },
  }: Readonly<{ masterKeys: MasterKeys; keysPerPage: number; after: Place }>,
): Promise<readonly OldKey[]> =>
  withPostgres(
    async () => sql<OldKey[]>`
      select tenant_id, encode(person, 'hex') as digest, wrapped_key from person_keys
      where (tenant_id, person) > (${tenantId}, decode(${digest}, 'hex'))
        and not starts_with(wrapped_key, ${`${keyId}.`})
      order by person_keys.tenant_id, person_keys.person limit ${keysPerPage}`,
  );

/** Replaces keys that are still as they were read, and returns how many. */
const replaceKeys = async (
  sql: Sql,
  masterKeys: MasterKeys,
  page: readonly OldKey[],
): Promise<number> => {
  if (page.length === 0) return 0;
  const replaced = page.map((key) => {
    const of = boundTo(key.tenantId, key.digest);
    return { ...key, wrapped: masterKeys.seal(masterKeys.open(key.wrappedKey, of), of) };
  });
  const columns = {
    tenantId: 'text',
    digest: 'text',
    wrappedKey: 'text',
    wrapped: 'text',
  } as const;
  const { count } = await withPostgres(
    async () => sql`
      update person_keys own set wrapped_key = replaced.wrapped
      from ${rowsOf(sql, { replaced }, columns)}
      where own.tenant_id = replaced.tenant_id and own.person = decode(replaced.digest, 'hex')
        and own.wrapped_key = replaced.wrapped_key`,
  );
  return count;
};
