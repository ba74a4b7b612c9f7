/**
 * Local dates are 'YYYY-MM-DD', so that text order is time order. Zones are IANA names, checked
 * where they enter; all rules of zones come from the runtime's own tables.
 */

/** A span of the calendar that starts on its first local date. */
export type CalendarPeriod = 'month' | 'quarter' | 'year';

/** A day of 24 hours, whatever the clocks of a zone do. */
export const dayMs = 86_400_000;

/** Whether the runtime knows a time zone by this name; offsets such as `+05:30` are names to it. */
export const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** Returns the local date of an instant in a time zone. */
export const localDateOf = (timeZone: string, instant: Date): string => {
  const atMs = instant.getTime();
  return dateOf(atMs + offsetMs(timeZone, atMs));
};

/** A moment as the clocks of a zone show it. */
export type LocalTime = Readonly<{
  date: string;
  /** 0 to 23. */
  hour: number;
  /** 1 on Monday to 7 on Sunday. */
  weekday: number;
}>;

/** Returns what the clocks and the calendar of a time zone show at an instant. */
export const localTimeOf = (timeZone: string, instant: Date): LocalTime => {
  const atMs = instant.getTime();
  const localMs = atMs + offsetMs(timeZone, atMs);
  const shown = new Date(localMs);
  return {
    date: dateOf(localMs),
    hour: shown.getUTCHours(),
    weekday: ((shown.getUTCDay() + 6) % 7) + 1,
  };
};

/**
 * Returns the first instant of a local date: midnight, or the moment the clocks jump over it; the
 * earlier one where midnight comes twice. Of a date that the zone left out, that of the date after
 * it.
 */
export const startOfLocalDate = (timeZone: string, localDate: string): Date => {
  const midnightMs = Date.parse(localDate);
  // Every zone is within a day of UTC, so these are the offsets before and after whatever happens
  // around midnight.
  const before = midnightMs - offsetMs(timeZone, midnightMs - dayMs);
  const after = midnightMs - offsetMs(timeZone, midnightMs + dayMs);
  const isMidnight = (atMs: number) => atMs + offsetMs(timeZone, atMs) === midnightMs;
  const found = [Math.min(before, after), Math.max(before, after)].find(isMidnight);
  return new Date(found ?? jumpOver(timeZone, midnightMs));
};

/** Returns the local date so many days later, or earlier for a negative number. */
export const addDays = (localDate: string, days: number): string =>
  dateOf(Date.parse(localDate) + days * dayMs);

/** Returns how many days after a local date another one is; negative where it is before. */
export const daysBetween = (localDate: string, other: string): number =>
  (Date.parse(other) - Date.parse(localDate)) / dayMs;

const monthsPerPeriod: Readonly<Record<CalendarPeriod, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
};

/**
 * Returns the first local date of the calendar period that holds a date, or of the one so many
 * periods `ahead` of it.
 */
export const startOfPeriod = (localDate: string, period: CalendarPeriod, ahead = 0): string => {
  const months = monthsPerPeriod[period];
  const year = Number(localDate.slice(0, 4));
  const month = Number(localDate.slice(5, 7)) - 1;
  const first = year * 12 + month - (month % months) + ahead * months;
  return `${digits(Math.trunc(first / 12), 4)}-${digits((first % 12) + 1, 2)}-01`;
};

const digits = (value: number, length: number): string => String(value).padStart(length, '0');

/** Local dates by UTC day: an earning state is full of the same ones. */
const dates = new Map<number, string>();

const dateOf = (utcMs: number): string => {
  const day = Math.floor(utcMs / dayMs);
  const known = dates.get(day);
  if (known !== undefined) return known;
  const date = new Date(utcMs).toISOString().slice(0, 10);
  if (dates.size >= cachedDaysMax) dates.clear();
  dates.set(day, date);
  return date;
};

/**
 * Where clocks jump over midnight: the first instant whose local time is past it, found by halving.
 */
const jumpOver = (timeZone: string, midnightMs: number): number => {
  let low = midnightMs - dayMs;
  let high = midnightMs + dayMs;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (middle + offsetMs(timeZone, middle) < midnightMs) low = middle;
    else high = middle;
  }
  return high;
};

type Zone = Readonly<{
  formatter: Intl.DateTimeFormat;
  /** Offsets by UTC day; undefined for the days in which the offset changes. */
  offsets: Map<number, number | undefined>;
}>;

const zones = new Map<string, Zone>();

/**
 * More zones than there are: a name counts in every spelling by upper and lower case, and tenants
 * write them.
 */
const cachedZonesMax = 1_000;

/** Eleven years of days: more than orders span, and a bound whatever dates they contain. */
const cachedDaysMax = 4096;

/**
 * How far a zone's clocks are ahead of UTC at an instant. Asks the slow formatter once for each UTC
 * day without a change.
 */
const offsetMs = (timeZone: string, atMs: number): number => {
  const zone = zoneOf(timeZone);
  const day = Math.floor(atMs / dayMs);
  const offset = zone.offsets.get(day);
  if (offset !== undefined) return offset;
  return (zone.offsets.has(day) ? undefined : learn(zone, day)) ?? formattedOffsetMs(zone, atMs);
};

const learn = (zone: Zone, day: number): number | undefined => {
  const first = formattedOffsetMs(zone, day * dayMs);
  const last = formattedOffsetMs(zone, (day + 1) * dayMs - 1);
  const offset = first === last ? first : undefined;
  if (zone.offsets.size >= cachedDaysMax) zone.offsets.clear();
  zone.offsets.set(day, offset);
  return offset;
};

const zoneOf = (timeZone: string): Zone => {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const zone = { formatter, offsets: new Map<number, number | undefined>() };
  if (zones.size >= cachedZonesMax) zones.clear();
  zones.set(timeZone, zone);
  return zone;
};

/** Seconds occur before zones had standard times. */
const offsetPattern = /GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/;

const formattedOffsetMs = ({ formatter }: Zone, atMs: number): number => {
  const [, sign, hours, minutes, seconds = 0] = offsetPattern.exec(formatter.format(atMs)) ?? [];
  const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds);
  return (sign === '-' ? -size : size) * 1000;
};
