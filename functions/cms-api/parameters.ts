import { z } from 'zod';
import { identifier, tenantIdentifier, versionMax } from '#shared/eventing/contracts/fields.ts';
import { cursorTo, wholeNumber, writeCursor } from '#shared/runtime/http/parameters.ts';
import { actionCode, slug } from './fields.ts';

/** The path of a tenant. */
export const tenantPath = z.object({ tenantId: tenantIdentifier });

/** The path of a program. */
export const programPath = tenantPath.extend({
  program: slug.describe('Every tenant has the program `points`'),
});

/** The path of an action. */
export const actionPath = tenantPath.extend({ action: actionCode });

const campaignId = z.uuid({ error: 'must be a UUID' });

/** The path of a campaign; its tenant is that of the token. */
export const campaignPath = z.object({ campaignId });

/** The path of a version of a program's rules or tiers. */
export const versionPath = programPath.extend({ version: wholeNumber(1, versionMax) });

/** The path of a cohort's members. */
export const cohortPath = tenantPath.extend({ cohort: slug });

/** The path of a customer in a cohort. */
export const memberPath = cohortPath.extend({ customerId: identifier });

const pageMax = 1_000;

/**
 * How much of a list a page has, and where it begins: at the cursor of the page before, as `read`
 * understands it.
 */
export const pageQuery = <Place>(place: z.ZodType<Place>) =>
  z.object({
    limit: wholeNumber(1, pageMax).default(100).describe('Page size'),
    cursor: cursorTo(place),
  });

/** Takes one more than a page has, so that there is a cursor only where there is a next page. */
export const toPage = <Item>(
  items: readonly Item[],
  limit: number,
  placeOf: (item: Item) => string | number | readonly (string | number)[],
): Readonly<{ items: readonly Item[]; nextCursor: string | null }> => {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  if (last === undefined || items.length <= limit) return { items: page, nextCursor: null };
  return {
    items: page,
    nextCursor: writeCursor(placeOf(last)),
  };
};

/** The cursor of an answer. */
export const nextCursor = z
  .string()
  .nullable()
  .describe('Cursor of the next page; null on the last page');
