type Reviver = (key: string, value: unknown, context: Readonly<{ source?: string }>) => unknown;

/** JSON.parse with source text access, for which TypeScript has no types yet. */
const json = JSON as unknown as Readonly<{
  parse: (text: string, reviver: Reviver) => unknown;
  rawJSON: (text: string) => unknown;
  isRawJSON: (value: unknown) => value is Readonly<{ rawJSON: string }>;
}>;

const integer = /^-?\d+$/;
const withPoint = (digits: string): string => (digits.includes('.') ? digits : `${digits}.0`);

/**
 * A number as Jackson writes it again: integers with all digits, others as Java prints a double.
 */
const javaNumber = (source: string): string => {
  const value = Number(source);
  if (integer.test(source) || !Number.isFinite(value)) return source;
  const magnitude = Math.abs(value);
  if (value === 0 || (magnitude >= 1e-3 && magnitude < 1e7)) return withPoint(String(value));
  const [mantissa = '', exponent] = value.toExponential().split('e');
  return `${withPoint(mantissa)}E${Number(exponent)}`;
};

/**
 * Parses JSON as Jackson does, without loss: `JSON.stringify` writes its numbers with the digits
 * Jackson writes.
 * @throws SyntaxError for text that is not JSON.
 */
export const parseJavaJson = (text: string): unknown =>
  json.parse(text, (_key, value, { source = '' }) =>
    typeof value === 'number' ? json.rawJSON(javaNumber(source)) : value,
  );

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);

/** The digits of a number that fits Java's 32-bit `int`; undefined for anything else. */
export const javaInt = (value: unknown): string | undefined => {
  if (!json.isRawJSON(value) || !integer.test(value.rawJSON)) return undefined;
  const int = Number(value.rawJSON);
  return int >= INT_MIN && int <= INT_MAX ? String(int) : undefined;
};
