import { v5 as uuidV5 } from 'uuid';

/** Namespace of all ids we derive: UUIDv5(DNS, "guerdon.dev"). */
const namespace = uuidV5('guerdon.dev', uuidV5.DNS);

/** The same words always give the same id (UUIDv5, RFC 9562), so that whatever is done again is recognised. */
export const derivedId = (...words: readonly string[]): string =>
  uuidV5(JSON.stringify(words), namespace);
