import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Fragment } from 'postgres';
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
   * How long an unwrapped key stays in memory: after an erasure, a pod may still read the person's
   * data for this long, and anything that it writes is unreadable afterwards.
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
  const cached = new LRUCache<string, PersonCipher>({
    max: cachedMax,
    ttl: cachedMs,
    // A key leaves the memory when it expires, not when another key needs its place.
    ttlAutopurge: true,
  });
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
  const ciphers = async (
    persons: readonly Person[],
    find: (missing: readonly Person[]) => Promise<DataKeys>,
  ) => {
    const known = persons.map((person) => remembered.get(nameOf(person)));
    const missing = new Map(
      persons
        .filter((_person, index) => known[index] === undefined)
        .map((person) => [nameOf(person), person]),
    );
    const found = missing.size === 0 ? noKeys : await find([...missing.values()]);
    return persons.map((person, index) => {
      const name = nameOf(person);
      const key = found.get(name);
      if (key === undefined) return known[index];
      const cipher = personCipher(key, person);
      remembered.set(name, cipher);
      return cipher;
    });
  };
  return {
    toDecrypt: (persons) => ciphers(persons, (missing) => readKeys(sql, masterKeys, missing)),
    toEncrypt: (persons) => ciphers(persons, (missing) => findOrMakeKeys(sql, masterKeys, missing)),
  };
};

/** The cipher of a person whose wrapped key a statement has read: `wrappedKeyOf`. */
export const cipherOf = (
  masterKeys: MasterKeys,
  person: Person,
  wrappedKey: string,
): PersonCipher => personCipher(openKey(masterKeys, { ...person, wrappedKey }), person);

/**
 * A lateral subquery with the wrapped key of a person, for a statement that reads what it encrypts;
 * no row if it was destroyed, or never made. Both columns are text, with the names of their tables.
 */
export const wrappedKeyOf = (
  sql: Sql | Transaction,
  { tenant, person }: Readonly<{ tenant: Fragment; person: Fragment }>,
): Fragment => sql`
  select wrapped_key from person_keys stored
  where stored.tenant_id = ${tenant} and stored.person = person_digest(${tenant}, ${person})
  limit 1`;

/** Data keys by the names of their persons. */
type DataKeys = ReadonlyMap<string, Buffer>;
const noKeys: DataKeys = new Map();

const nameOf = ({ tenantId, personId }: Person): string => `${tenantId} ${personId}`;

const wrappedFor = (person: Person): string =>
  boundTo(person.tenantId, hash('sha256', nameOf(person)).slice(0, 32));

/** What a wrapped key is bound to, so that it opens in the row of its person only. */
export const boundTo = (tenantId: string, digest: string): string => `person ${tenantId} ${digest}`;

const wanted = (
  sql: Sql | Transaction,
  persons: readonly (Person & Readonly<{ wrapped?: string }>)[],
) => {
  const columns = { tenantId: 'text', personId: 'text', wrapped: 'text' } as const;
  return rowsOf(sql, { wanted: persons }, columns);
};

const readKeys = async (
  sql: Sql | Transaction,
  masterKeys: MasterKeys,
  persons: readonly Person[],
): Promise<DataKeys> => {
  const rows = await sql<(Person & { wrappedKey: string })[]>`
    select wanted.tenant_id, wanted.person_id, wrapped_key
    from ${wanted(sql, persons)} cross join lateral (${keyOf(sql)}) own`;
  return new Map(rows.map((row) => [nameOf(row), openKey(masterKeys, row)]));
};

const openKey = (
  masterKeys: MasterKeys,
  { wrappedKey, ...person }: Person & Readonly<{ wrappedKey: string }>,
): Buffer => Buffer.from(masterKeys.open(wrappedKey, wrappedFor(person)), 'base64');

const keyOf = (sql: Sql | Transaction): Fragment =>
  wrappedKeyOf(sql, { tenant: sql`wanted.tenant_id`, person: sql`wanted.person_id` });

/**
 * In one statement, whether persons have a key or not: each gets one that is stored if there is
 * none. Keys are inserted in one order, so that two that make the same wait for each other but
 * never in a circle.
 */
const findOrMakeKeys = async (
  sql: Sql | Transaction,
  masterKeys: MasterKeys,
  persons: readonly Person[],
): Promise<DataKeys> => {
  const bytes = randomBytes(dataKeyBytes * persons.length);
  const made = persons.map((person, index) => {
    const key = bytes.subarray(index * dataKeyBytes, (index + 1) * dataKeyBytes);
    const wrapped = masterKeys.seal(key.toString('base64'), wrappedFor(person));
    return { ...person, key, wrapped };
  });
  // A wrapped key that was made here names its person: no two are the same.
  const rows = await sql<{ tenantId: string; personId: string | null; wrappedKey: string }[]>`
    with known as (
      select wanted.*, wrapped_key from ${wanted(sql, made)} left join lateral (${keyOf(sql)}) own on true
    ), made as (
      insert into person_keys (tenant_id, person, wrapped_key)
      select tenant_id, person_digest(tenant_id, person_id), wrapped from known
      where wrapped_key is null
        and not ${isErased(sql, { tenant: sql`known.tenant_id`, person: sql`known.person_id` })}
      order by 1, 2 on conflict do nothing
      returning tenant_id, wrapped_key)
    select tenant_id, person_id, wrapped_key from known where wrapped_key is not null
    union all select tenant_id, null, wrapped_key from made`;
  const own = new Map(made.map((one) => [one.wrapped, one]));
  const keys = new Map<string, Buffer>();
  for (const { personId, ...row } of rows) {
    const fresh = own.get(row.wrappedKey);
    if (fresh) keys.set(nameOf(fresh), fresh.key);
    else if (personId !== null)
      keys.set(nameOf({ ...row, personId }), openKey(masterKeys, { ...row, personId }));
  }
  // Another pod was first, or the person is erased.
  const left = persons.filter((person) => !keys.has(nameOf(person)));
  return left.length === 0 ? keys : new Map([...keys, ...(await readKeys(sql, masterKeys, left))]);
};
