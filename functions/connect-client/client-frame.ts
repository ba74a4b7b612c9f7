import { z } from 'zod';

/** The id of the last frame that a client has, which is its position; undefined for none. */
export const lastId = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the id of a frame')
  .transform(Number)
  .optional();

const resumeFrame = z.strictObject({
  type: z.literal('RESUME'),
  token: z.string().min(1).optional(),
  lastId,
});

/** The one frame that clients send: first with the token, unless a sub-protocol carried it. */
type ClientFrame = z.output<typeof resumeFrame>;

/** Reads a frame of a client; undefined where it is none. */
export const parseClientFrame = (text: string): ClientFrame | undefined => {
  try {
    return resumeFrame.safeParse(JSON.parse(text)).data;
  } catch {
    // What is not JSON is no frame either.
    return undefined;
  }
};
