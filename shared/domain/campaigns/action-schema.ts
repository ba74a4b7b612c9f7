/**
 * The type of a payload's field. `int` is a whole number within ±2^53; `double` is for measures,
 * never for money.
 */
export type FieldType = 'int' | 'double' | 'string' | 'bool' | 'timestamp' | 'strings';

/** A field that events of an action carry in their payload. */
type ActionField = Readonly<{
  type: FieldType;
  required: boolean;
  description?: string | undefined;
}>;

/**
 * What the payload of an action looks like. Undeclared fields are kept, but clauses cannot use
 * them.
 */
export type ActionSchema = Readonly<{
  action: string;
  version: number;
  description: string;
  fields: Readonly<Record<string, ActionField>>;
}>;
