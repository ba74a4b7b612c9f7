import { z } from 'zod';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';

/** What of a movement went by which lot. */
export const lotPartsAnswer = z
  .array(
    z.object({
      points: z.int(),
      expiresAt: z.iso.datetime().nullable().describe('When these expire; null: never'),
    }),
  )
  .describe('Earliest expiry first');

/** Shows entries lot by lot; `sign` −1 turns what was taken into what was given. */
export const showLotParts = (
  entries: readonly LedgerEntry[],
  sign: 1 | -1,
): z.output<typeof lotPartsAnswer> =>
  entries.map(({ points, expiresAt }) => ({
    points: sign * points,
    expiresAt: expiresAt?.toISOString() ?? null,
  }));
