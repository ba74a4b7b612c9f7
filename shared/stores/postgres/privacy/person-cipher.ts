import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto';
import { randomPool } from '#shared/domain/random-pool.ts';
import type { Person } from './person.ts';

/** Encrypts what is stored of one person, field by field. */
export type PersonCipher = Readonly<{
  /** @param field names what the text is, such as `events.payload`; it is opened under that only */
  encrypt: (field: string, text: string) => string;
  /**
   * @throws Error when the text was encrypted with another key, for another person or field, or was
   * changed since
   */
  decrypt: (field: string, ciphertext: string) => string;
}>;

/** Bytes of a data key. */
export const dataKeyBytes = 32;

const nonceBytes = 12;
const tagBytes = 16;

const nextNonce = randomPool(randomFillSync);

/** The first field of a ciphertext: how it is made. */
const version = 'p1';

/**
 * AES-256-GCM (NIST SP 800-38D) with the data key of a person: `p1.` and, in base64url, the nonce,
 * the ciphertext and the tag of 128 bits. Nonces are 96 random bits (8.2.2), so a key may encrypt
 * 2^32 texts (8.3), which no person has. Tenant, person and field are authenticated with the text:
 * a ciphertext that is copied to another row or column does not open.
 */
export const personCipher = (bytes: Buffer, { tenantId, personId }: Person): PersonCipher => {
  const key = createSecretKey(bytes);
  const boundTo = (field: string) => Buffer.from(JSON.stringify([tenantId, personId, field]));
  return {
    encrypt: (field, text) => {
      const nonce = nextNonce(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(field));
      const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return `${version}.${Buffer.concat(parts).toString('base64url')}`;
    },
    decrypt: (field, ciphertext) => {
      const [named, encoded = ''] = ciphertext.split('.');
      const bytes = Buffer.from(encoded, 'base64url');
      if (named !== version || bytes.length < nonceBytes + tagBytes)
        throw new Error(`${field} is not encrypted in the format ${version}`);
      const body = bytes.subarray(nonceBytes, -tagBytes);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(boundTo(field))
        .setAuthTag(bytes.subarray(-tagBytes));
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch (error) {
        const what = `${field} of tenant ${tenantId} was not encrypted with this key, for this person`;
        throw new Error(`${what} and field, or was changed since`, { cause: error });
      }
    },
  };
};
