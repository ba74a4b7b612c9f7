/** Thirteen to nineteen digits (ISO/IEC 7812-1), as people group them. */
const written = /\d(?:[ -]?\d){12,18}/g;

/** The digits of a card number; undefined for what is none, by length or check digit. */
export const cardDigits = (text: string): string | undefined => {
  const digits = text.normalize('NFKC').replace(/[\s-]/g, '');
  return /^\d{13,19}$/.test(digits) && hasCheckDigit(digits) ? digits : undefined;
};

/** ISO/IEC 7812-1, annex B (Luhn): the sum with every second digit doubled ends in 0. */
const hasCheckDigit = (digits: string): boolean => {
  const sum = Array.from(digits, Number)
    .toReversed()
    .reduce((sum, digit, place) => {
      const counted = place % 2 === 1 ? digit * 2 : digit;
      return sum + (counted > 9 ? counted - 9 : counted);
    }, 0);
  return sum % 10 === 0 && Number(digits) > 0;
};

/**
 * A JSON value in which every card number is replaced by asterisks and its last four digits, in
 * texts, numbers and names of fields at any depth. A field `phone` stays as it is.
 */
export const withoutCardNumbers = (value: unknown): unknown => {
  if (typeof value === 'string') return maskCardNumbers(value);
  if (typeof value === 'number') {
    const text = String(value);
    const masked = maskCardNumbers(text);
    return masked === text ? value : masked;
  }
  if (Array.isArray(value)) return value.map(withoutCardNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, own]) => [
      maskCardNumbers(name),
      name === 'phone' ? own : withoutCardNumbers(own),
    ]),
  );
};

/** A text of the same length in which of every card number only the last four digits are left. */
export const maskCardNumbers = (text: string): string =>
  text.replace(written, (run) =>
    cardDigits(run) ? run.replace(/\d(?=(?:[ -]?\d){4})/g, '*') : run,
  );
