import { z } from 'zod';

/** A whole number in a path or query within bounds; every refusal contains the bounds. */
export const wholeNumber = (minimum: number, maximum: number) => {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z.coerce.number({ error }).int(error).min(minimum, error).max(maximum, error);
};

const refusal = 'is not a valid cursor';

/** The nextCursor of an earlier page, as `writeCursor` wrote it. */
export const cursorTo = <Place>(place: z.ZodType<Place>) =>
  z
    .string()
    .max(400, refusal)
    .transform((text, context) => {
      const found = place.safeParse(decode(text));
      if (found.success) return found.data;
      context.addIssue(refusal);
      return z.NEVER;
    })
    .optional()
    .describe('nextCursor of the previous page');

const decode = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
};

/** A position in a list. */
export type Place = string | number | readonly (string | number)[];

/** The position where the next page begins as an opaque text for callers; null without one. */
export const writeCursor = (place: Place | undefined): string | null =>
  place === undefined ? null : Buffer.from(JSON.stringify(place)).toString('base64url');
