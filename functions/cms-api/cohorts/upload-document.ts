import { z } from 'zod';
import { shownInstant, strict } from '#shared/runtime/http/body/body-fields.ts';
import { reply, type SuccessStatus } from '#shared/runtime/http/reply.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import type { CohortChange } from '#shared/stores/postgres/cohorts/change-rows.ts';
import { oneOf } from '../fields.ts';
import { cohortIdPath, cohortUrl } from './document.ts';

/** The path of an upload. */
export const uploadPath = cohortIdPath.extend({ uploadId: z.uuid('must be a UUID') });

/** Where the uploads of a cohort are. */
export const uploadsUrl = '/api/v1/cohorts/{cohortId}/uploads';

/** The body that starts an upload. */
export const newUpload = strict({
  mode: oneOf('add', 'replace').describe(
    'add: the file lists additional members; replace: it lists all members, and others are removed',
  ),
}).meta({ id: 'NewCohortUpload' });

/** An upload and how far it came. */
export const uploadAnswer = z
  .object({
    uploadId: z.uuid(),
    cohortId: z.uuid(),
    mode: z.enum(['add', 'replace']),
    status: z
      .enum(['STAGING', 'READY', 'APPLIED', 'DISCARDED'])
      .describe(
        'STAGING: accepts rows; READY: is being applied in the background; DISCARDED: was never applied',
      ),
    rowsRead: z.int().describe('Number of rows read so far; continue with the next one'),
    rowsRefused: z.int(),
    createdAt: shownInstant,
    createdBy: z.string().describe('Subject of the token'),
    version: z.int().optional().describe('Version of the cohort that the upload created'),
    effectiveAt: shownInstant.optional().describe('When the change takes effect, in event time'),
    added: z.int().optional(),
    removed: z.int().optional(),
    size: z.int().optional().describe('Number of members from then on'),
  })
  .meta({ id: 'CohortUploadStatus' });

/** A page of refused rows. */
export const refusedRowsAnswer = z
  .object({
    refusedRows: z.array(z.object({ row: z.int().describe('From 1'), reason: z.string() })),
    nextCursor,
  })
  .meta({ id: 'CohortRefusedRows' });

/** Shows an upload. */
export const showUpload = (
  { changeId: uploadId, createdAt, effectiveAt, ...upload }: CohortChange,
  status?: SuccessStatus,
) => {
  const { cohortId, mode, rowsRead, rowsRefused, createdBy, version, added, removed, size } =
    upload;
  const location = `${cohortUrl(cohortId)}/uploads/${uploadId}`;
  return reply({
    ...(status === 201 && { headers: { location } }),
    ...(status && { status }),
    body: {
      ...{ uploadId, cohortId, mode: mode === 'ADD' ? ('add' as const) : ('replace' as const) },
      ...{ status: upload.status, rowsRead, rowsRefused, createdBy },
      ...{ version, added, removed, size, createdAt: createdAt.toISOString() },
      effectiveAt: effectiveAt?.toISOString(),
    } satisfies z.output<typeof uploadAnswer>,
  });
};
