import { z } from 'zod';
import { defineContract } from '../contract.ts';

/** The tick of PingSource `resend-tick`. All PingSources send this type; the Trigger lets only those of this source through. */
export const ResendTick = defineContract({
  type: 'dev.knative.sources.ping',
  topic: 'dead-letters',
  summary: 'Time to resend the dead letters that are due.',
  schema: z.object({}),
  example: {},
});
