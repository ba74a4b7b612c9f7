type Field = Readonly<{ name: string; min: number; max: number; names?: readonly string[] }>;

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const weekdays = 'sun mon tue wed thu fri sat'.split(' ');

const second: Field = { name: 'second', min: 0, max: 59 };
const fiveFields: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: months },
  { name: 'day of week', min: 0, max: 6, names: weekdays },
];

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** A number or a name of the field; NaN for anything else. */
const valueOf = (text: string, { min, names = [] }: Field): number => {
  const index = names.indexOf(text.toLowerCase());
  if (index >= 0) return min + index;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
};

/** Whether it is `*`, `a` or `a-b`, within the field. */
const isRange = (text: string, field: Field): boolean => {
  if (text === '*' || text === '?') return true;
  const [from = '', to = from, ...rest] = text.split('-');
  const [begin, end] = [valueOf(from, field), valueOf(to, field)];
  return rest.length === 0 && begin >= field.min && begin <= end && end <= field.max;
};

/** Whether it is a range, or `range/step`. */
const isStepped = (text: string, field: Field): boolean => {
  const [range = '', step = '1', ...rest] = text.split('/');
  return rest.length === 0 && /^0*[1-9]\d*$/.test(step) && isRange(range, field);
};

/**
 * Reads a schedule by the rules of the webhook of PingSource: five fields, or six with seconds
 * first, or a descriptor such as
 * `@daily`. Extensions of other cron parsers (`L`, `#`, weekday 7, `@every`, `CRON_TZ=`) are
 * errors.
 * @returns the same schedule in plain fields, without descriptor and `?`.
 * @throws Error that names the field and what it contains.
 */
export const parseSchedule = (text: string): string => {
  const plain = text.startsWith('@') ? descriptors[text] : text;
  if (plain === undefined) throw new Error(`unsupported descriptor ${text}`);
  const parts = plain.trim().split(/\s+/);
  const fields = parts.length === 6 ? [second, ...fiveFields] : fiveFields;
  if (parts.length !== fields.length) {
    throw new Error(`expected 5 to 6 fields, found ${parts.length}`);
  }
  const wrong = fields.findIndex(
    (field, index) => !(parts[index] ?? '').split(',').every((range) => isStepped(range, field)),
  );
  if (wrong >= 0) throw new Error(`${parts[wrong]} is not valid for the ${fields[wrong]?.name}`);
  return parts.join(' ').replaceAll('?', '*');
};
