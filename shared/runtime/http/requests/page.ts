import { z } from 'zod';
import { cursorTo, type Place, wholeNumber, writeCursor } from './parameters.ts';

const pageMax = 1_000;

/**
 * How much of a list a page has, and where it begins: at the cursor of the page before, as `read`
 * understands it.
 */
export const pageQuery = <Read>(place: z.ZodType<Read>) =>
  z.object({
    limit: wholeNumber(1, pageMax).default(100).describe('Page size'),
    cursor: cursorTo(place),
  });

/** Takes one more than a page has, so that there is a cursor only where there is a next page. */
export const toPage = <Item>(
  items: readonly Item[],
  limit: number,
  placeOf: (item: Item) => Place,
): Readonly<{ items: readonly Item[]; nextCursor: string | null }> => {
  const page = items.slice(0, limit);
  const last = items.length > limit ? page.at(-1) : undefined;
  return { items: page, nextCursor: writeCursor(last === undefined ? undefined : placeOf(last)) };
};

/** The cursor of an answer. */
export const nextCursor = z
  .string()
  .nullable()
  .describe('Cursor of the next page; null on the last page');
