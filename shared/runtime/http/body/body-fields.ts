import { z } from 'zod';
import { isTimeZone } from '#shared/domain/time/local-time.ts';

/** Returns the given sentence for an invalid value, and `is missing` for a missing one. */
export const orMissing =
  (sentence: string) =>
  ({ input }: Readonly<{ input?: unknown }>): string =>
    input === undefined ? 'is missing' : sentence;

/**
 * An object that has these fields and no others, so that a misspelt one is not treated as omitted.
 */
export const strict = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has no field ${issue.keys.join(', ')}`
        : orMissing('must be an object')(issue),
  });

/** A whole number within bounds, as a number in JSON; every refusal contains the bounds. */
export const whole = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) => {
  const error = orMissing(
    maximum === Number.MAX_SAFE_INTEGER
      ? `must be a whole number of at least ${minimum}`
      : `must be a whole number from ${minimum} to ${maximum}`,
  );
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
};

/** Text that people write and read on one line, without control characters. */
export const line = (lengthMax: number) => {
  const error = orMissing(`must be 1 to ${lengthMax} characters on one line`);
  return z
    .string({ error })
    .regex(new RegExp(`^[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]{1,${lengthMax}}$`, 'u'), { error });
};

const timeZoneError = 'must be an IANA time zone such as Asia/Kolkata';

/** A time zone by its IANA name. Offsets are refused, because they have no daylight saving time. */
export const timeZone = z
  .string({ error: orMissing(timeZoneError) })
  .regex(/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/, { error: timeZoneError })
  .refine(isTimeZone, { error: timeZoneError, abort: true });

/** How OpenAPI describes an instant; zod's own pattern is hard to read. */
export const instantFormat = { override: { type: 'string', format: 'date-time' } } as const;

/** An instant as an answer shows it. */
export const shownInstant = z.iso.datetime().meta(instantFormat);
