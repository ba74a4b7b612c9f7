import { z } from 'zod';
import type { FieldType } from '#shared/domain/campaigns/action-schema.ts';
import { payloadLimits } from './clause-limits.ts';
import type { Value } from './clause-value.ts';

const { stringLengthMax, stringsMax, stringsItemLengthMax, timestampLengthMax } = payloadLimits;

/** What a value of each type must be, as text for messages. */
export const mustBe: Readonly<Record<FieldType, string>> = {
  int: 'must be a whole number within ±2^53',
  double: 'must be a number',
  string: `must be a string of at most ${stringLengthMax} characters`,
  bool: 'must be true or false',
  timestamp: 'must be an ISO 8601 instant with its offset',
  strings: `must be a list of at most ${stringsMax} strings, each of at most ${stringsItemLengthMax} characters`,
};

const instantText = z.iso.datetime({ offset: true });

/** Whether a text names an instant in the way in which events do. */
export const isInstant = (value: unknown): value is string =>
  isString(value, timestampLengthMax) && instantText.safeParse(value).success;

const readers: Readonly<Record<FieldType, (value: unknown) => Value | undefined>> = {
  int: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : undefined),
  // Stored events have no negative zero, and are to be evaluated as they were.
  double: (value) => (Number.isFinite(value) ? (value as number) + 0 : undefined),
  string: (value) => (isString(value, stringLengthMax) ? value : undefined),
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  timestamp: (value) => (isInstant(value) ? new Date(value) : undefined),
  strings: (value) => (isStrings(value) ? value : undefined),
};

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length <= stringsMax &&
  value.every((each) => isString(each, stringsItemLengthMax));

const isString = (value: unknown, lengthMax: number): value is string =>
  typeof value === 'string' && value.length <= lengthMax;

/**
 * Reads a value of a payload by the type that its schema declares; undefined where it is none of
 * that type.
 */
export const expressionValueOf = (type: FieldType, value: unknown): Value | undefined =>
  readers[type](value);
