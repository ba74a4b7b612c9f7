import { z } from 'zod';
import { count, requestShape } from '#shared/runtime/config.ts';

/** The variables of archive-records. */
export const shape = {
  DATABASE_URL: z.url(),
  /** One connection holds the lock of the run, the other works. */
  DATABASE_POOL_MAX: count.min(2).default(2),
  /**
   * The folder for archived records, which must exist. Empty: nothing is archived, and all records
   * stay in the database.
   */
  ARCHIVE_FOLDER: z.string().default(''),
  ...requestShape,
};
