import type { StoredVersion } from '#shared/stores/postgres/stored-version.ts';

/** How far a version is: nobody let it begin; it will; it holds now; a later one replaced it; or its time is over. */
export const versionStatuses = ['draft', 'scheduled', 'in-force', 'superseded', 'ended'] as const;

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
