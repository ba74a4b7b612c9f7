import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { assert } from '#shared/domain/assert.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from '../driver/connect.ts';
import { erasures } from './erasures.ts';
import { personKeys } from './person-keys.ts';
import { rewrapKeys } from './rewrap-keys.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 6 });
afterAll(() => sql.end());
const masterKey = (id: string) => ({ id, bytes: randomBytes(32) });
const [older, newer] = [masterKey('k1'), masterKey('k2')];
const before = secretBox([older]);
const rotated = secretBox([newer, older]);

let persons = 0;
const newPerson = () => ({ tenantId: 'default', personId: `c ${(persons += 1)}` });
/** A pod with nothing in memory. */
const pod = (masterKeys = rotated) => personKeys(sql, { masterKeys });
const cipherOf = async (...[keys, person]: Parameters<typeof only>) => {
  const cipher = await only(keys, person);
  assert(cipher, 'the person has a key');
  return cipher;
};
const only = async (keys: ReturnType<typeof pod>, person: ReturnType<typeof newPerson>) =>
  (await keys.toEncrypt([person]))[0];

describe('personKeys', () => {
  it('makes one key per person, however many pods need it first at once', async () => {
    const own = [newPerson(), newPerson()];
    const pods = Array.from({ length: 8 }, () => pod());
    const made = await Promise.all(pods.map((keys) => keys.toEncrypt([...own, ...own])));
    const texts = made.map(([cipher]) => cipher?.encrypt('phone', '1') ?? '');
    for (const [first, second, again] of made) {
      for (const text of texts)
        expect([first, again].map((own) => own?.decrypt('phone', text))).toEqual(['1', '1']);
      expect(() => second?.decrypt('phone', texts[0] ?? '')).toThrow();
    }
    const [rows] = await sql`select count(*)::integer as keys from person_keys`;
    expect(rows).toEqual({ keys: 2 });
  });

  it('finds and makes the keys of many persons in one statement', async () => {
    const [known, fresh] = [newPerson(), newPerson()];
    await pod().toEncrypt([known]);
    const pool = connectPostgres({ url, max: 1 });
    await pool`select`;
    const statements = recordedStatements(pool);
    const [one, other] = await personKeys(pool, { masterKeys: rotated }).toEncrypt([known, fresh]);
    await pool.end();
    expect(statements).toHaveLength(1);
    const stored = await pod().toDecrypt([known, fresh]);
    const texts = [one, other].map((cipher) => cipher?.encrypt('phone', '1') ?? '');
    expect(stored.map((cipher, index) => cipher?.decrypt('phone', texts[index] ?? ''))).toEqual([
      '1',
      '1',
    ]);
  });

  it('does not open a key in the row of another person, or with another master key', async () => {
    const [person, thief] = [newPerson(), newPerson()];
    await pod().toEncrypt([person, thief]);
    await expect(pod(secretBox([masterKey('k2')])).toDecrypt([person])).rejects.toThrow();
    await sql`
      update person_keys set wrapped_key = (
        select wrapped_key from person_keys where person = person_digest('default', ${person.personId}))
      where person = person_digest('default', ${thief.personId})`;
    await expect(pod().toDecrypt([thief])).rejects.toThrow();
  });

  it('destroys the key of an erased person permanently; a pod drops it within its lifetime', async () => {
    const person = newPerson();
    const [keys, impatient] = [pod(), personKeys(sql, { masterKeys: rotated, cachedMax: 1 })];
    const text = (await cipherOf(keys, person)).encrypt('phone', '1');
    await impatient.toEncrypt([person]);
    await erasures(sql).request(person, 'ann');
    expect((await cipherOf(keys, person)).decrypt('phone', text)).toBe('1');
    // Making room drops it as its lifetime would.
    await impatient.toEncrypt([newPerson()]);
    expect(await impatient.toDecrypt([person])).toEqual([undefined]);
    expect(await pod().toEncrypt([person])).toEqual([undefined]);
    const rows = await sql`
      select from person_keys where person = person_digest('default', ${person.personId})`;
    expect(rows).toHaveLength(0);
  });

  it('are rewrapped page by page, by several at once and under load, and open as before', async () => {
    await sql`delete from person_keys`;
    const own = Array.from({ length: 40 }, newPerson);
    const made = await pod(before).toEncrypt(own);
    const texts = made.map((cipher, index) => cipher?.encrypt('phone', `${index}`) ?? '');
    const [erased = newPerson()] = own;
    const [one, other] = await Promise.all([
      rewrapKeys(sql, { masterKeys: rotated, keysPerPage: 3 }),
      rewrapKeys(sql, { masterKeys: rotated, keysPerPage: 7 }),
      erasures(sql).request(erased, 'ann'),
      ...own.map(async (person, index) => {
        const [cipher] = await pod().toDecrypt([person]);
        if (cipher) expect(cipher.decrypt('phone', texts[index] ?? '')).toBe(`${index}`);
      }),
    ]);
    expect(one + other).toBeGreaterThanOrEqual(39);
    expect(one + other).toBeLessThanOrEqual(40);
    expect(await rewrapKeys(sql, { masterKeys: rotated })).toBe(0);
    // The older master key is not needed any more.
    const ciphers = await pod(secretBox([newer])).toDecrypt(own);
    expect(ciphers.map((cipher, index) => cipher?.decrypt('phone', texts[index] ?? ''))).toEqual(
      own.map((person, index) => (person === erased ? undefined : `${index}`)),
    );
  });

  it('continues a rotation that was interrupted', async () => {
    await sql`delete from person_keys`;
    const own = Array.from({ length: 10 }, newPerson);
    await pod(before).toEncrypt(own);
    let pages = 0;
    const dying = {
      ...rotated,
      seal: (...parts: Parameters<typeof rotated.seal>) => {
        pages += 1;
        if (pages > 5) throw new Error('the process died');
        return rotated.seal(...parts);
      },
    };
    const rotation = rewrapKeys(sql, { masterKeys: dying, keysPerPage: 2 });
    await expect(rotation).rejects.toThrow('the process died');
    expect(await rewrapKeys(sql, { masterKeys: rotated })).toBe(6);
  });
});
