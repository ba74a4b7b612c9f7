/**
 * Currencies without minor units (ISO 4217 exponent 0) that shops really use; all others here have
 * two places.
 */
const withoutMinorUnits = new Set(['CLP', 'ISK', 'JPY', 'KRW', 'PYG', 'UGX', 'VND', 'XAF', 'XOF']);

/** Whether amounts of a currency have decimal places. */
export const hasMinorUnits = (currency: string): boolean => !withoutMinorUnits.has(currency);

/**
 * The largest amount an order may have: 10¹² minor units, ₹10,000,000,000. Balances then stay exact
 * integers.
 */
export const amountMinorMax = 1_000_000_000_000;

const decimal = /^(\d{1,15})(?:\.(\d{1,2}))?$/;

/**
 * Converts a decimal amount to integer minor units without ever computing in floating point; one in
 * a currency that is not known yet as in a currency with two places.
 * @returns the amount, or a sentence that describes the error.
 */
export const toMinorUnits = (
  amount: string | number,
  currency: string | undefined,
): number | string => {
  const text = String(amount);
  const match = decimal.exec(text);
  if (match === null) return describeDefect(text);
  const [, whole = '', fraction = ''] = match;
  const places = currency === undefined || hasMinorUnits(currency) ? 2 : 0;
  if (fraction.length > places) return `${currency} has no minor units, got ${text}`;
  return Number(whole + fraction.padEnd(places, '0'));
};

const describeDefect = (text: string): string => {
  if (text.startsWith('-')) return `must be positive, got ${text}`;
  if (/^\d+\.\d{3,}$/.test(text)) return `must have at most 2 decimal places, got ${text}`;
  return `must be a plain decimal such as 1250 or "1250.50", got ${text.slice(0, 40)}`;
};
