import { hash } from 'node:crypto';
import { parse, v5 as uuidV5 } from 'uuid';

/** Namespace of all ids we derive: UUIDv5(DNS, "guerdon.dev"). */
const namespace = parse(uuidV5('guerdon.dev', uuidV5.DNS));

/** The variant of RFC 9562 is in two bits of this digit. */
const variants: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('0123456789abcdef', (digit, value) => [digit, '89ab'[value % 4] ?? '']),
);

/**
 * The same words always give the same id (UUIDv5, RFC 9562), so that whatever is done again is
 * recognised. Every event takes several ids, so it hashes in one call, which takes a fraction of
 * what the package does.
 */
export const derivedId = (...words: readonly string[]): string => {
  const name = Buffer.concat([namespace, Buffer.from(JSON.stringify(words))]);
  const digest = hash('sha1', name, 'hex');
  const variant = variants[digest.charAt(16)] ?? '';
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
};
