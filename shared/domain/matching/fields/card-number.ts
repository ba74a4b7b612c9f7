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
    const masked = maskCardNumbers(String(value));
    return masked === String(value) ? value : masked;
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

const digitsMin = 14;

/** Cards of 14 to 19 digits, the usual 16 first, from a whole group of digits to the end of one. */
const cardForms = [15, 14, 13, 16, 17, 18].map(
  (more) => new RegExp(`(?<!\\d)[2-6](?:[ -]?\\d){${more}}(?!\\d)`, 'y'),
);

/**
 * A text of the same length in which only the last four digits of card numbers are left. Texts have
 * other numbers, too: cards for payment begin with 2 to 6 (ISO/IEC 7812-1, the major industry) and
 * have 14 digits or more, while milliseconds since 1970 have 13.
 */
export const maskCardNumbers = (text: string): string => {
  if (text.length < digitsMin || !/\d(?:[ -]?\d){13}/.test(text)) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { index } of text.matchAll(/(?<!\d)[2-6]/g)) {
    const card = index < from ? undefined : cardAt(text, index);
    if (card === undefined) continue;
    parts.push(text.slice(from, index), card.replace(/\d(?=(?:[ -]?\d){4})/g, '*'));
    from = index + card.length;
  }
  return parts.join('') + text.slice(from);
};

const cardAt = (text: string, index: number): string | undefined => {
  for (const form of cardForms) {
    form.lastIndex = index;
    const found = form.exec(text)?.[0];
    if (found !== undefined && cardDigits(found) !== undefined) return found;
  }
  return undefined;
};
