import { z } from 'zod';

type Issue = Readonly<{ code?: string | undefined; input?: unknown; keys?: unknown }>;

/**
 * A body that has these fields and no others, so that a misspelt field is not treated as omitted.
 */
export const body = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code, keys }: Issue) =>
      code === 'unrecognized_keys'
        ? `has no field ${(keys as readonly string[]).join(', ')}`
        : 'must be an object',
  });

/** Text that people write and read on one line, without control characters. */
export const line = (lengthMax: number) => {
  const error = ({ input }: Issue) =>
    input === undefined ? 'is missing' : `must be 1 to ${lengthMax} characters on one line`;
  return z
    .string({ error })
    .regex(new RegExp(`^[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]{1,${lengthMax}}$`, 'u'), { error });
};

/** How OpenAPI describes an instant; zod's own pattern is hard to read. */
export const instantFormat = { override: { type: 'string', format: 'date-time' } } as const;

/** An instant as an answer shows it. */
export const shownInstant = z.iso.datetime().meta(instantFormat);
