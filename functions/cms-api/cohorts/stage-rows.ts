import { assert } from '#shared/domain/assert.ts';
import type { BodyStream } from '#shared/runtime/http/body/body-stream.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import type { ChangeKey, CohortChange } from '#shared/stores/postgres/cohorts/change-rows.ts';
import type { CohortUploads, RefusedRow } from '#shared/stores/postgres/cohorts/cohort-uploads.ts';
import { type UploadRow, uploadRows } from './upload-rows.ts';

type Part = Readonly<{ stream: BodyStream; from: number }>;

/** Rows that one transaction stages; so many are in memory at once. */
const batchRowsMax = 10_000;

/** The first row of a file may name the column. */
const header = 'customerId';

/**
 * Stages the rows of a part in batches, each recorded with how far the file was read: a part that
 * breaks off keeps its batches, and one that is sent twice is staged once.
 * @throws HttpProblem 409 where the file was read up to another row, or the upload is closed.
 */
export const stageRows = async (
  uploads: Pick<CohortUploads, 'stage'>,
  key: ChangeKey,
  { stream, from }: Part,
): Promise<CohortChange> => {
  let before = from;
  let latest: CohortChange | undefined;
  for await (const batch of batchesOf(uploadRows(stream))) {
    latest = await stageBatch(uploads, key, { before, batch });
    before += batch.length;
  }
  return latest ?? stageBatch(uploads, key, { before, batch: [] });
};

/** Rows in batches; where they end with a failure, those that arrived whole come before it. */
async function* batchesOf(rows: AsyncIterable<UploadRow>): AsyncGenerator<readonly UploadRow[]> {
  let batch: UploadRow[] = [];
  let end: Readonly<{ failure?: unknown }> = {};
  for await (const row of endingWith(rows, (failure) => (end = { failure }))) {
    batch.push(row);
    if (batch.length < batchRowsMax) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
  if ('failure' in end) throw end.failure;
}

/** Rows up to a failure, which is passed on. */
async function* endingWith(
  rows: AsyncIterable<UploadRow>,
  onFailure: (failure: unknown) => void,
): AsyncGenerator<UploadRow> {
  try {
    yield* rows;
  } catch (failure) {
    onFailure(failure);
  }
}

type Batch = Readonly<{ before: number; batch: readonly UploadRow[] }>;

const stageBatch = async (
  uploads: Pick<CohortUploads, 'stage'>,
  key: ChangeKey,
  { before, batch }: Batch,
): Promise<CohortChange> => {
  const customers: string[] = [];
  const refused: RefusedRow[] = [];
  for (const [index, row] of batch.entries()) {
    const rowNo = before + index + 1;
    if ('reason' in row) refused.push({ rowNo, reason: row.reason });
    else if (rowNo > 1 || row.customerId !== header) customers.push(row.customerId);
  }
  const rows = { from: before, rows: batch.length, customers, refused };
  const staging = await uploads.stage(key, rows);
  assert(staging, 'an upload is not removed while it takes rows');
  if (staging.kind === 'staged') return staging.upload;
  const { rowsRead, status } = staging.upload;
  if (staging.kind === 'closed')
    throw new HttpProblem(409, 'upload-closed', `The upload is ${status} and accepts no more rows`);
  const detail = `The file was read up to row ${rowsRead}: continue with from=${rowsRead}`;
  throw new HttpProblem(409, 'upload-elsewhere', detail);
};
