import { z } from 'zod';
import type { StoredVersion } from '#shared/stores/postgres/tenants/stored-version.ts';
import { shownInstant } from '../fields.ts';

/** How far a version is: nobody let it begin; it will; it holds now; a later one replaced it; or its time is over. */
const versionStatuses = ['draft', 'scheduled', 'in-force', 'superseded', 'ended'] as const;

type VersionStatus = (typeof versionStatuses)[number];

/** Returns the status of a version at an instant. One that had ended when the next began has ended. */
export const statusOf = (
  {
    validFrom,
    validUntil,
    replacedAt,
  }: Pick<StoredVersion<unknown>, 'validFrom' | 'validUntil' | 'replacedAt'>,
  now: Date,
): VersionStatus => {
  if (validFrom === undefined) return 'draft';
  if (validFrom > now) return 'scheduled';
  const endsMs = msOf(validUntil);
  const replacedMs = msOf(replacedAt);
  if (Math.min(endsMs, replacedMs) > now.getTime()) return 'in-force';
  return endsMs <= replacedMs ? 'ended' : 'superseded';
};

/** An instant that never comes is later than all others. */
const msOf = (instant: Date | undefined): number => instant?.getTime() ?? Number.POSITIVE_INFINITY;

/** What every version shows beside its terms. */
export const versionFields = {
  version: z.int(),
  status: z.enum(versionStatuses).describe('As of this response'),
  validFrom: shownInstant.nullable().describe('null for a draft'),
  replacedAt: shownInstant.nullable().describe('When a later version replaces it'),
  createdAt: shownInstant,
  createdBy: z.string().describe('Subject of the token'),
};

/** Shows of a version what all versions have. */
export const showVersion = (stored: StoredVersion<unknown>, now: Date) => ({
  version: stored.version,
  status: statusOf(stored, now),
  validFrom: stored.validFrom?.toISOString() ?? null,
  replacedAt: stored.replacedAt?.toISOString() ?? null,
  createdAt: stored.createdAt.toISOString(),
  createdBy: stored.createdBy,
});
