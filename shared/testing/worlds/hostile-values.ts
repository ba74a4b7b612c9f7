/**
 * Values that JSON can represent but a field may not expect: too large for columns, impossible
 * dates, invalid encodings and wrong types.
 */
export const hostileValues: readonly unknown[] = [
  ...[null, true, [], {}, [null], { '\0': '\0' }, ['\0'], [[[[['\ud800']]]]]],
  ...['', ' ', '\0', 'a\0b', '\ud800', '\udc00\ud800', '\u2028', '__proto__', 'x'.repeat(10_000)],
  ...[0, -1, 0.1, -0.5, 1e308, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 10 ** 12 + 1],
  ...[Number.MAX_SAFE_INTEGER, 2 ** 53, -(2 ** 53), '9'.repeat(400), '1e5', '-1', '0.001', 'NaN'],
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+05:30', '0001-01-01T00:00:00Z'],
  ...['1970-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00+14:00'],
  ...['2999-12-31T23:59:59.999Z', '2999-12-31T23:59:59-14:00', '3000-01-01T00:00:00Z'],
  ...['9999-12-31', '9999-12-31T23:59:59Z', '9999-12-31T23:59:59-12:00', '+010000-01-01T00:00:00Z'],
  ...[
    '2026-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-06-30T23:59:60Z',
    '2062-01-01T00:00:00Z',
  ],
];

type Schema = Readonly<{
  properties?: Readonly<Record<string, Schema>>;
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
}>;

/** The paths of all fields that a JSON schema names, including those within objects and lists. */
export const fieldPaths = (schema: Schema): readonly (readonly string[])[] => {
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([name, field]) => [
    [name],
    ...fieldPaths(field).map((path) => [name, ...path]),
  ]);
  const ofItems = items === undefined ? [] : fieldPaths(items).map((path) => ['0', ...path]);
  return [...own, ...ofItems, ...[...anyOf, ...oneOf, ...allOf].flatMap(fieldPaths)];
};

/** A copy of a document with another value at a path; missing objects on the path are created. */
export const withValue = (
  document: unknown,
  [name, ...rest]: readonly string[],
  value: unknown,
): unknown => {
  if (name === undefined) return value;
  const isList = name === '0';
  const before = (document ?? (isList ? [] : {})) as Readonly<Record<string, unknown>>;
  const changed = withValue(before[name], rest, value);
  return isList ? [changed] : { ...before, [name]: changed };
};
