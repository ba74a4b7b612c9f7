import type { Source } from '#shared/domain/matching/profile.ts';
import type { BackfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import { firstPlace, type RecordPlace } from '#shared/stores/postgres/customers/record-page.ts';
import type { IndexRotation } from '#shared/stores/postgres/customers/rotate-index.ts';

type Options = Readonly<{
  tenantId: string;
  rotation: IndexRotation;
  positions: BackfillPositions;
  /** Records of a transaction, during which others wait. */
  recordsMax?: number;
  onProgress?: (step: 'expand' | 'contract', pages: number) => void;
}>;

/**
 * Rotates the key by which records of a tenant are found to the newest one, page by page; other
 * batches run between pages. Interrupted, the next call continues.
 * @returns whether there was anything to rotate
 */
export const rotateIndex = async ({
  tenantId,
  rotation,
  positions,
  recordsMax = 500,
  onProgress = () => undefined,
}: Options): Promise<boolean> => {
  const eachPage = async (step: 'expand' | 'contract') => {
    const run = `rotate index ${tenantId} ${step}`;
    const saved = await positions.find(run);
    let pages = 0;
    let after: RecordPlace | undefined = saved
      ? { source: saved['source'] as Source, recordId: saved['recordId'] as string }
      : firstPlace;
    while (after !== undefined) {
      const last: RecordPlace | undefined = await rotation[step]({ after, recordsMax });
      after = last && { source: last.source, recordId: last.recordId };
      if (after) await positions.save(run, { ...after });
      onProgress(step, (pages += 1));
    }
    await positions.forget(run);
  };
  const toDo = await rotation.begin();
  if (toDo === 'nothing') return false;
  if (toDo === 'expand')
    do await eachPage('expand');
    while (!(await rotation.use()));
  await eachPage('contract');
  await rotation.end();
  return true;
};
