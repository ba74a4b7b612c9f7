import { z } from 'zod';
import { identifier, slug } from '#shared/eventing/contracts/fields.ts';
import { cursorTo, wholeNumber } from '#shared/runtime/http/requests/parameters.ts';
import type { RankCursor } from '#shared/stores/redis/ranks/rank-reader.ts';

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
  .describe('true reads live ranks instead of the latest snapshot');

/** A customer's id as shops write it. */
export const customerId = identifier;

/** The path of a board. */
export const boardPath = z.object({
  tenantId: slug,
  board: slug.describe('Every tenant has the board `main`'),
});

const rankPlace = z
  .tuple([z.int(), z.string().min(1).max(200)])
  .transform(([points, member]): RankCursor => ({ points, member }));

/** The nextCursor of a page, given back. */
export const cursor = cursorTo(rankPlace);
