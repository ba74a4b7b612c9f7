import { z } from 'zod';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import { writeCursor } from '#shared/runtime/http/requests/parameters.ts';
import type { RankView } from '#shared/stores/redis/ranks/rank-reader.ts';

const customer = z.object({
  rank: z
    .int()
    .describe(
      "1 is the highest. The board's tie policy decides whether customers with equal points share a rank",
    ),
  customerId: z.string(),
  points: z.int(),
  movement: z
    .int()
    .nullable()
    .describe(
      'Ranks gained since the previous snapshot, negative if lost; null if there is no previous rank',
    ),
  percentile: z
    .number()
    .describe('Percentage of customers with fewer points, 0 to 100, two decimals, rounded down'),
});

const snapshot = z.object({
  id: z
    .int()
    .describe(
      'Incremented with every snapshot; in a live response, the snapshot that movement refers to',
    ),
  takenAt: shownInstant.describe('Includes all changes up to this time'),
  stalenessMs: z.int().describe('Age of the snapshot'),
  live: z.boolean(),
});

/** A page of a board. */
export const pageAnswer = z
  .object({
    customers: z.array(customer),
    nextCursor,
    snapshot,
  })
  .meta({ id: 'RankPage' });

/** A customer among neighbours. */
export const customerAnswer = customer
  .extend({
    neighbours: z.array(customer).describe('The customer and their neighbours in rank order'),
    snapshot,
  })
  .meta({ id: 'RankedCustomer' });

/** What there is to know about a board. */
export const boardAnswer = z
  .object({
    board: z.string(),
    tiePolicy: z.enum(['competition', 'dense', 'ordinal']),
    customers: z.int(),
    snapshot,
  })
  .meta({ id: 'Board' });

type Reading = Readonly<{ live: boolean; now: Date }>;

/** Describes the snapshot that a response is from, and its age. A live board is as of now. */
export const describeSnapshot = (
  { snapshotId, takenAt }: RankView,
  { live, now }: Reading,
): z.output<typeof snapshot> => {
  const asOf = live ? now : takenAt;
  return {
    id: snapshotId,
    takenAt: asOf.toISOString(),
    stalenessMs: Math.max(0, now.getTime() - asOf.getTime()),
    live,
  };
};

/** Shows a view as a page. */
export const toPage = (view: RankView, reading: Reading): z.output<typeof pageAnswer> => ({
  customers: [...view.rows],
  nextCursor: writeCursor(view.next && [view.next.points, view.next.member]),
  snapshot: describeSnapshot(view, reading),
});
