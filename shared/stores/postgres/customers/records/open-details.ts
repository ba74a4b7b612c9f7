import type { Person } from '../../privacy/person.ts';
import type { PersonKeys } from '../../privacy/person-keys.ts';

type Sealed = Readonly<{ person: Person; details: string | null }>;

/**
 * Decrypts details, in order; undefined where there are none, or where the key was destroyed.
 * @param field the column that has them
 */
export const openDetails = async <Details>(
  keys: Pick<PersonKeys, 'toDecrypt'>,
  field: string,
  rows: readonly Sealed[],
): Promise<readonly (Details | undefined)[]> => {
  const ciphers = await keys.toDecrypt(rows.map(({ person }) => person));
  return rows.map(({ details }, index) => {
    const cipher = ciphers[index];
    if (details === null || cipher === undefined) return undefined;
    return JSON.parse(cipher.decrypt(field, details)) as Details;
  });
};
