import type { BackfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import type { IndexRotation } from '#shared/stores/postgres/customers/records/rotate-index.ts';
import { eachPage } from './each-page.ts';

type Options = Readonly<{
  tenantId: string;
  rotation: IndexRotation;
  positions: BackfillPositions;
  /** Records per transaction, for which other batches wait. */
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
  const takeStep = (step: 'expand' | 'contract') => {
    const run = `rotate index ${tenantId} ${step}`;
    return eachPage({ positions, run, state: { pages: 0 } }, async (after, { pages }) => {
      const last = await rotation[step]({ after, recordsMax });
      const state = { pages: pages + 1 };
      onProgress(step, state.pages);
      return { last, state };
    });
  };
  const toDo = await rotation.begin();
  if (toDo === 'nothing') return false;
  if (toDo === 'expand')
    do await takeStep('expand');
    while (!(await rotation.use()));
  await takeStep('contract');
  await rotation.end();
  return true;
};
