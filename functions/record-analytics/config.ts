import { z } from 'zod';
import { count, requestShape } from '#shared/runtime/config.ts';
import { locationShape } from '#shared/stores/files/open-files.ts';

/** The variables of record-analytics. */
export const shape = {
  ...locationShape,
  /** Changes written to one file at most; 1 switches micro-batching off. */
  BATCH_ITEMS_MAX: count.default(1000),
  /**
   * The least time for one file of changes, in milliseconds: what arrives meanwhile is in the next
   * one, so that a pod writes no more files than that however fast the store is.
   */
  FILE_MS_MIN: z.coerce.number().int().min(0).default(250),
  /**
   * The memory that merging may use, besides that of the process, before it spills to the temporary
   * folder.
   */
  MERGE_MEMORY_MB: count.min(64).default(256),
  ...requestShape,
};
