import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { boundTo, type MasterKeys } from './person-keys.ts';

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
