/**
 * Whether Postgres can store a text and return it unchanged: Unicode without lone surrogates and
 * without U+0000.
 */
export const isStorableText = (text: string): boolean =>
  text.isWellFormed() && !text.includes('\0');

const earliest = new Date('1970-01-01T00:00:00Z');
const latest = new Date('3000-01-01T00:00:00Z');

/**
 * Whether an instant is valid and lies in 1970 to 2999: the range in which Postgres, ISO 8601 text
 * and local calendars agree.
 */
export const isInRange = (instant: Date): boolean => instant >= earliest && instant < latest;
