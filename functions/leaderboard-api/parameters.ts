import { z } from 'zod';
import { identifier, tenantIdentifier } from '#shared/eventing/contracts/fields.ts';
import type { RankCursor } from '#shared/stores/redis/rank-reader.ts';

/** A whole number within bounds; every refusal says the bounds. */
export const wholeNumber = (minimum: number, maximum: number) => {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z.coerce.number({ error }).int(error).min(minimum, error).max(maximum, error);
};

/** How many customers a page may have. */
export const pageMax = 1_000;

/** How many neighbours on each side a customer may be shown with. */
const neighboursMax = 50;

/** Neighbours on each side. */
export const neighbours = wholeNumber(0, neighboursMax)
  .default(2)
  .describe('Neighbours on each side; fewer at the edges of the board');

/** Whether to read the board as of now. */
export const live = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((text) => text === 'true')
  .describe('true reads the board as of now instead of the last snapshot');

/** A customer's id as shops write it. */
export const customerId = identifier;

/** The path of a board. */
export const boardPath = z.object({
  tenantId: tenantIdentifier,
  board: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, at most 63')
    .describe('main is the board that every tenant has'),
});

const cursorContent = z.tuple([z.int(), z.string().min(1).max(200)]);

const readCursor = (text: string): RankCursor | undefined => {
  try {
    const content: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const [points, member] = cursorContent.parse(content);
    return { points, member };
  } catch {
    return undefined;
  }
};

/** The nextCursor of a page, given back. */
export const cursor = z
  .string()
  .max(400, 'is no nextCursor of a page')
  .transform((text, context) => {
    const found = readCursor(text);
    if (found === undefined) context.addIssue('is no nextCursor of a page');
    return found;
  })
  .optional()
  .describe('nextCursor of the page before');

/** A place in the order as callers carry it around, without looking into it. */
export const writeCursor = ({ points, member }: RankCursor): string =>
  Buffer.from(JSON.stringify([points, member])).toString('base64url');
