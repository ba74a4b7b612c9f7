import { z } from 'zod';
import { defineContract } from '../contract.ts';

/** The tick of PingSource `archive-tick`. All PingSources send this type; the Trigger lets only those of this source through. */
export const ArchiveTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'dead-letters',
  summary:
    'Time to create partitions for the months to come and to archive records whose time is over.',
  schema: z.object({}),
  example: {},
});
