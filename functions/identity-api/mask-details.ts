/** Values by their fields, as sources name them. */
export type Details = Readonly<Record<string, unknown>>;

const dots = '•••';

/** The first code point, not half of one. */
const firstOf = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 32);

/** The country code stays, and the last three digits: `+91 ••• 345`. */
const maskPhone = (phone: string): string => {
  const digits = phone.replaceAll(/[^\d+]/g, '');
  if (digits.length < 8) return dots;
  const country = digits.startsWith('+') ? `${digits.slice(0, 3)} ` : '';
  return `${country}${dots} ${digits.slice(-3)}`;
};

/** The first character stays, and the domain: `a•••@example.org`. */
const maskEmail = (email: string): string => {
  const at = email.lastIndexOf('@');
  return at < 1 ? dots : `${firstOf(email)}${dots}${email.slice(at)}`;
};

/** The first character of each word stays: `A••• S•••`. */
const maskName = (name: string): string =>
  name
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => `${firstOf(word)}${dots}`)
    .join(' ');

const maskOf: Readonly<Record<string, (text: string) => string>> = {
  phone: maskPhone,
  email: maskEmail,
  name: maskName,
  names: maskName,
  /** The last four digits are all that is stored of a card's number. */
  lastFour: (digits) => digits,
  cardLastFour: (digits) => digits,
};

/**
 * Masks details for callers without access to personal data: enough is left to distinguish two
 * known people. Unknown fields are hidden entirely. Pure.
 */
export const maskDetails = (details: Details): Details =>
  Object.fromEntries(
    Object.entries(details).map(([field, value]) => [field, maskValue(field, value)]),
  );

const maskValue = (field: string, value: unknown): unknown => {
  if (value === null || value === undefined) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => maskValue(field, item));
  if (typeof value === 'object') return maskDetails(value as Details);
  const mask = Object.hasOwn(maskOf, field) ? maskOf[field] : undefined;
  return mask !== undefined && typeof value === 'string' ? mask(value) : dots;
};
