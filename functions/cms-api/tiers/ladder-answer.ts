import { z } from 'zod';
import type { LadderTerms } from '#shared/stores/postgres/ladder-store.ts';
import type { StoredVersion } from '#shared/stores/postgres/stored-version.ts';
import { nextCursor } from '../parameters.ts';
import { showVersion, versionFields } from '../versions/version-answer.ts';
import { ladderTerms } from './ladder-document.ts';

/** A version of a program's tiers. */
export const ladderAnswer = z
  .object({ ...versionFields, terms: ladderTerms })
  .meta({ id: 'Tiers' });

/** A page of versions of tiers. */
export const laddersAnswer = z
  .object({ tiers: z.array(ladderAnswer), nextCursor })
  .meta({ id: 'TiersPage' });

/** Shows a version of tiers as of an instant. */
export const showLadder = (
  stored: StoredVersion<LadderTerms>,
  now: Date,
): z.input<typeof ladderAnswer> => ({
  ...showVersion(stored, now),
  terms: { ...stored.terms, tiers: [...stored.terms.tiers] },
});
