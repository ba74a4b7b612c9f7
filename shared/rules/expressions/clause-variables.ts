import type { ActionSchema, FieldType } from '#shared/domain/campaigns/action-schema.ts';
import { payloadLimits, userLengthMax } from './clause-limits.ts';
import { failureAt, type Part, type Size } from './clause-part.ts';
import { Failure } from './clause-value.ts';

const own = <Entry>(entries: Readonly<Record<string, Entry>>, name: string): Entry | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;

/** The longest code of an action. */
const actionLengthMax = 63;

const variables: Readonly<Record<string, Part>> = {
  action: { type: 'string', length: actionLengthMax, cost: 1, run: ({ action }) => action },
  user: { type: 'string', length: userLengthMax, cost: 1, run: ({ user }) => user },
  occurredAt: { type: 'timestamp', length: 0, cost: 1, run: ({ occurredAt }) => occurredAt },
};

/** Units for reading the clocks of a zone, which happens once for an event. */
const localUnits = 100;

const localFields: Readonly<Record<string, Part>> = {
  hour: { type: 'int', length: 0, cost: localUnits, run: ({ local }) => local.hour },
  weekday: { type: 'int', length: 0, cost: localUnits, run: ({ local }) => local.weekday },
  date: { type: 'string', length: 10, cost: localUnits, run: ({ local }) => local.date },
};

const sizes: Readonly<Record<FieldType, Size>> = {
  int: { type: 'int', length: 0 },
  double: { type: 'double', length: 0 },
  bool: { type: 'bool', length: 0 },
  timestamp: { type: 'timestamp', length: 0 },
  string: { type: 'string', length: payloadLimits.stringLengthMax },
  strings: {
    type: 'list',
    length: payloadLimits.stringsMax,
    item: { type: 'string', length: payloadLimits.stringsItemLengthMax },
  },
};

/**
 * A variable that is a value by itself: `action`, `user` or `occurredAt`; undefined for any other
 * name.
 */
export const variablePart = (name: string): Part | undefined => own(variables, name);

/** A field of `local`; undefined where it has none of the name. */
export const localPart = (name: string): Part | undefined => own(localFields, name);

/**
 * A field of `event`, which fails where the payload does not have it; undefined where the schema
 * does not declare it.
 */
export const fieldPart = (
  { fields }: ActionSchema,
  name: string,
  character: number,
): Part | undefined => {
  const field = own(fields, name);
  return (
    field && {
      ...sizes[field.type],
      cost: 1,
      run: ({ event }) => event[name] ?? failureAt(`event.${name} is missing`, character),
    }
  );
};

/** Whether the payload has a field. */
export const hasPart = (name: string): Part => ({
  type: 'bool',
  length: 0,
  cost: 1,
  run: ({ event }) => {
    const value = event[name];
    return value instanceof Failure ? value : value !== undefined;
  },
});
