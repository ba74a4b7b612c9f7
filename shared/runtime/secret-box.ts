import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto';
import { z } from 'zod';
import { randomPool } from '#shared/domain/random-pool.ts';

/** Encrypts stored secrets, each bound to the name of its owner. */
export type SecretBox = Readonly<{
  seal: (secret: string, of: string) => string;
  /**
   * @throws Error when the key is not known, or the text was sealed for something else or changed.
   */
  open: (sealed: string, of: string) => string;
  /** The id of the key that encrypts: what is sealed begins with it and a dot. */
  keyId: string;
}>;

type Key = Readonly<{ id: string; bytes: Buffer }>;

const nextNonce = randomPool(randomFillSync);

const error = 'must be id:key pairs separated by commas, each key 32 bytes in base64';

/**
 * Keys as `id:base64,…`. The first one encrypts and all of them decrypt, so a key is rotated by
 * putting a new one before it, once every pod knows the new one.
 */
export const secretKeys = z
  .string()
  .transform((text) =>
    text.split(',').map((pair): Key => {
      const [, id = '', base64 = ''] = /^([\w-]{1,32}):(.*)$/.exec(pair.trim()) ?? [];
      return { id, bytes: Buffer.from(base64, 'base64') };
    }),
  )
  .refine((keys) => keys.every(({ id, bytes }) => id !== '' && bytes.length === 32), error);

/**
 * AES-256-GCM with a random nonce; what is sealed names its key: `id.nonce.ciphertext.tag`. A key
 * may seal 2^32 texts (NIST SP 800-38D, 8.3).
 */
export const secretBox = (keys: readonly Key[]): SecretBox => {
  // As objects: reading the bytes of a key for each text takes twice as long as encrypting it.
  const known = keys.map(({ id, bytes }) => ({ id, key: createSecretKey(bytes) }));
  const [current] = known;
  if (current === undefined) throw new Error('A secret box needs a key');
  return {
    seal: (secret, of) => {
      const nonce = nextNonce(12);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(Buffer.from(of));
      const ciphertext = cipher.update(secret, 'utf8', 'base64url') + cipher.final('base64url');
      const [before, after] = [Buffer.from(nonce), cipher.getAuthTag()].map((part) =>
        part.toString('base64url'),
      );
      return `${current.id}.${before}.${ciphertext}.${after}`;
    },
    open: (sealed, of) => {
      const [id, ...parts] = sealed.split('.');
      const own = known.find((key) => key.id === id);
      if (own === undefined) throw new Error(`No key ${id ?? ''} to decrypt a stored secret`);
      const [nonce, ciphertext, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
      if (!nonce || !ciphertext || !tag) throw new Error('A stored secret is malformed');
      const decipher = createDecipheriv('aes-256-gcm', own.key, nonce, { authTagLength: 16 })
        .setAAD(Buffer.from(of))
        .setAuthTag(tag);
      return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
    },
    keyId: current.id,
  };
};
