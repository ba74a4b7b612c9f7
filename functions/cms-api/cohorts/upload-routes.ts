import { z } from 'zod';
import { assert } from '#shared/domain/assert.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { wholeNumber } from '#shared/runtime/http/requests/parameters.ts';
import { type AnyRoute, defineRoute } from '#shared/runtime/http/route.ts';
import type { ChangeKey } from '#shared/stores/postgres/cohorts/change-rows.ts';
import type { Dependencies } from '../dependencies.ts';
import { noCohort } from '../refusals.ts';
import { cohortIdPath } from './document.ts';
import { stageRows } from './stage-rows.ts';
import {
  newUpload,
  refusedRowsAnswer,
  showUpload,
  uploadAnswer,
  uploadPath,
  uploadsUrl,
} from './upload-document.ts';
import { uploadTypes } from './upload-rows.ts';

/** Files of members, uploaded in parts. */
export const uploadRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  startUpload(dependencies),
  getUpload(dependencies),
  uploadPart(dependencies),
  listRefusedRows(dependencies),
  applyUpload(dependencies),
  discardUpload(dependencies),
];

/** Uploads of a cohort that are not applied yet. */
const openMax = 5;

/** POST …/uploads: starts an upload, once per request. */
const startUpload = ({ cohortUploads, clock }: Pick<Dependencies, 'cohortUploads' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: uploadsUrl,
    id: 'startCohortUpload',
    summary: 'Start an upload of members',
    scope: 'cms:write',
    params: cohortIdPath,
    query: z.object({}),
    body: newUpload,
    idempotent: true,
    status: 201,
    sends: ['location'],
    response: uploadAnswer,
    problems: {
      404: 'The cohort does not exist',
      409: 'The cohort is not STATIC, or has too many open uploads',
    },
    handle: async ({ params: { cohortId }, body, caller, idempotencyKey }) => {
      const { tenantId, subject } = caller;
      const changeId = derivedId('cohort-upload', tenantId, cohortId, subject, idempotencyKey);
      const mode = body.mode === 'add' ? 'ADD' : 'REPLACE';
      const start = { mode, subject, at: clock(), openMax } as const;
      const started = await cohortUploads.start({ tenantId, cohortId, changeId }, start);
      switch (started.kind) {
        case 'started':
          return showUpload(started.upload, 201);
        case 'no-cohort':
          throw noCohort(cohortId);
        case 'not-static':
          throw new HttpProblem(409, 'cohort-not-static', 'Only STATIC cohorts accept uploads');
        case 'too-many': {
          const detail = `The cohort has ${openMax} open uploads; apply or discard one`;
          throw new HttpProblem(409, 'too-many-uploads', detail);
        }
      }
    },
  });

/** GET …/uploads/{uploadId}: how far an upload came. */
const getUpload = ({ cohortUploads }: Pick<Dependencies, 'cohortUploads'>) =>
  defineRoute({
    method: 'GET',
    path: `${uploadsUrl}/{uploadId}`,
    id: 'getCohortUpload',
    summary: 'Get the progress of an upload',
    scope: 'cms:read',
    params: uploadPath,
    query: z.object({}),
    response: uploadAnswer,
    problems: { 404: 'The upload does not exist' },
    handle: async ({ params: { cohortId, uploadId: changeId }, caller: { tenantId } }) => {
      const upload = await cohortUploads.find({ tenantId, cohortId, changeId });
      if (upload === undefined) throw noUpload(changeId);
      return showUpload(upload);
    },
  });

/**
 * PUT …/uploads/{uploadId}/rows: stages the next rows of the file. What arrived before a connection
 * broke is kept: `rowsRead` of the upload shows where to continue.
 */
const uploadPart = ({ cohortUploads }: Pick<Dependencies, 'cohortUploads'>) =>
  defineRoute({
    method: 'PUT',
    path: `${uploadsUrl}/{uploadId}/rows`,
    id: 'uploadCohortRows',
    summary: 'Upload the next rows of a file, at most 8 MiB of them',
    scope: 'cms:write',
    params: uploadPath,
    query: z.object({
      from: wholeNumber(0, Number.MAX_SAFE_INTEGER)
        .default(0)
        .describe('Number of rows of the file before these: `rowsRead` of the upload'),
    }),
    streams: uploadTypes,
    response: uploadAnswer,
    problems: {
      404: 'The upload does not exist',
      409: 'The file was read up to another row, or the upload accepts no more rows',
      413: 'The body is too large',
      415: 'The body is neither CSV nor NDJSON',
    },
    handle: async ({ params, query: { from }, stream, caller: { tenantId } }) => {
      assert(stream, 'a route that streams has a body');
      const key = { tenantId, cohortId: params.cohortId, changeId: params.uploadId };
      if ((await cohortUploads.find(key)) === undefined) throw noUpload(params.uploadId);
      return showUpload(await stageRows(cohortUploads, key, { stream, from }));
    },
  });

/** GET …/uploads/{uploadId}/refused-rows: which rows were refused, and why; the first thousand. */
const listRefusedRows = ({ cohortUploads }: Pick<Dependencies, 'cohortUploads'>) =>
  defineRoute({
    method: 'GET',
    path: `${uploadsUrl}/{uploadId}/refused-rows`,
    id: 'listCohortRefusedRows',
    summary: 'List the first 1,000 refused rows of an upload by row',
    scope: 'cms:read',
    params: uploadPath,
    query: pageQuery(z.int()),
    response: refusedRowsAnswer,
    problems: { 404: 'The upload does not exist' },
    handle: async ({ params, query: { limit, cursor: after = 0 }, caller: { tenantId } }) => {
      const key = { tenantId, cohortId: params.cohortId, changeId: params.uploadId };
      const rows = await cohortUploads.refused(key, { after, limit: limit + 1 });
      if (rows === undefined) throw noUpload(params.uploadId);
      const { items, nextCursor } = toPage(rows, limit, ({ rowNo }) => rowNo);
      const refusedRows = items.map(({ rowNo: row, reason }) => ({ row, reason }));
      return { refusedRows, nextCursor };
    },
  });

/** POST …/uploads/{uploadId}:apply: the file is complete and is applied in the background. */
const applyUpload = ({
  cohortUploads,
  requestRecompute,
  clock,
}: Pick<Dependencies, 'cohortUploads' | 'requestRecompute' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: `${uploadsUrl}/{uploadId}:apply`,
    id: 'applyCohortUpload',
    summary: 'Apply a complete upload in the background, effective at one instant',
    scope: 'cms:write',
    params: uploadPath,
    query: z.object({}),
    status: 202,
    response: uploadAnswer,
    problems: { 404: 'The upload does not exist', 409: 'The upload was discarded' },
    handle: async ({ params, caller: { tenantId, subject } }) => {
      const key: ChangeKey = {
        tenantId,
        cohortId: params.cohortId,
        changeId: params.uploadId,
      };
      const upload = await cohortUploads.complete(key, subject);
      if (upload === undefined) throw noUpload(params.uploadId);
      if (upload.status === 'DISCARDED')
        throw new HttpProblem(409, 'upload-discarded', 'The upload was discarded');
      await requestRecompute(key, clock());
      return showUpload(upload);
    },
  });

/** DELETE …/uploads/{uploadId}: discards an upload that is not applied. */
const discardUpload = ({ cohortUploads }: Pick<Dependencies, 'cohortUploads'>) =>
  defineRoute({
    method: 'DELETE',
    path: `${uploadsUrl}/{uploadId}`,
    id: 'discardCohortUpload',
    summary: 'Discard an upload that has not been applied',
    scope: 'cms:write',
    params: uploadPath,
    query: z.object({}),
    status: 204,
    problems: { 404: 'The upload does not exist', 409: 'The upload was already applied' },
    handle: async ({ params, caller: { tenantId, subject } }) => {
      const key = { tenantId, cohortId: params.cohortId, changeId: params.uploadId };
      const upload = await cohortUploads.discard(key, subject);
      if (upload === undefined) throw noUpload(params.uploadId);
      if (upload.status === 'APPLIED')
        throw new HttpProblem(409, 'upload-applied', 'The upload was already applied');
    },
  });

const noUpload = (uploadId: string): HttpProblem =>
  new HttpProblem(404, 'upload-not-found', `Upload ${uploadId} does not exist`);
