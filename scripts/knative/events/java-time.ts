const dateTime =
  /^(?<date>\d{4}-\d\d-\d\d)T(?<minute>\d\d:\d\d)(?::(?<second>\d\d)(?:\.(?<fraction>\d{0,9}))?)?(?<offset>Z|[+-]\d\d:\d\d(?::\d\d)?)$/i;

/** Up to 18 hours either way, with minutes and seconds below 60. */
const offsetPattern = /^[+-](?:(?:0\d|1[0-7])(?::[0-5]\d){1,2}|18(?::00){1,2})$/;

/**
 * `Z` for an offset of zero, and no seconds if they are zero; undefined for an offset that Java
 * refuses.
 */
const javaOffset = (text: string): string | undefined => {
  if (/^(?:Z|[+-]00(?::00)+)$/i.test(text)) return 'Z';
  return offsetPattern.test(text) ? text.replace(/(:\d\d):00$/, '$1') : undefined;
};

const fractionOf = (digits = ''): string => `.${digits}`.replace(/\.?0*$/, '');

const isOnTheClock = (localTime: string): boolean => {
  const time = new Date(`${localTime}Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(localTime);
};

/**
 * A timestamp as Java's OffsetDateTime writes it: always with seconds, with up to nine fractional
 * digits without trailing zeros, and with its offset. Undefined for text that OffsetDateTime does
 * not parse.
 */
export const javaTime = (text: string): string | undefined => {
  const parts = dateTime.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const localTime = `${parts['date']}T${parts['minute']}:${parts['second'] ?? '00'}`;
  const offset = javaOffset(parts['offset'] ?? '');
  const isValid = offset !== undefined && isOnTheClock(localTime);
  return isValid ? `${localTime}${fractionOf(parts['fraction'])}${offset}` : undefined;
};
