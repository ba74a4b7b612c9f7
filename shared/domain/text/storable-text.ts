/**
 * Whether Postgres can store a text and return it unchanged: Unicode without lone surrogates and
 * without U+0000.
 */
export const isStorableText = (text: string): boolean =>
  text.isWellFormed() && !text.includes('\0');
