import { z } from 'zod';
import { statusOf, versionStatuses } from '#shared/domain/earning/activation.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import type { StoredVersion } from '#shared/stores/postgres/tenants/stored-version.ts';

/** What every version shows besides its terms. */
export const versionFields = {
  version: z.int(),
  status: z.enum(versionStatuses).describe('As of this response'),
  validFrom: shownInstant.nullable().describe('null for a draft'),
  replacedAt: shownInstant.nullable().describe('When a later version replaces it'),
  createdAt: shownInstant,
  createdBy: z.string().describe('Subject of the token'),
};

/** Shows the fields that all versions have. */
export const showVersion = (stored: StoredVersion<unknown>, now: Date) => ({
  version: stored.version,
  status: statusOf(stored, now),
  validFrom: stored.validFrom?.toISOString() ?? null,
  replacedAt: stored.replacedAt?.toISOString() ?? null,
  createdAt: stored.createdAt.toISOString(),
  createdBy: stored.createdBy,
});
