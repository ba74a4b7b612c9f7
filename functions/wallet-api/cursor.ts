import { z } from 'zod';

const isEntryNo = (text: string): boolean => /^[1-9]\d{0,15}$/.test(text);

const refusal = 'is not a valid cursor';

/** The nextCursor of a page, given back: the number of the entry that the next page ends before. */
export const cursor = z
  .string()
  .max(40, refusal)
  .transform((text) => Buffer.from(text, 'base64url').toString())
  .refine(isEntryNo, refusal)
  .transform(Number)
  .optional()
  .describe('nextCursor of the previous page');

/** A place in a statement as callers carry it around, without looking into it. */
export const writeCursor = (entryNo: number): string =>
  Buffer.from(String(entryNo)).toString('base64url');
