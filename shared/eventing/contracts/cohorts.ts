import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, slug } from './fields.ts';

const cohortFields = {
  tenantId: slug,
  cohortId: z.uuid(),
};

/** The members of a cohort change at an instant, by a recomputation or an upload. */
export const CohortRecomputed = defineContract({
  type: 'guerdon.cohort.recomputed.v1',
  topic: 'campaign-events',
  summary: 'The members of a cohort change at an instant.',
  schema: z.object({
    ...cohortFields,
    cohort: slug.describe('Its name in campaigns'),
    version: z.int().min(1),
    by: z.enum(['RECOMPUTATION', 'UPLOAD']),
    added: z.int().min(0),
    removed: z.int().min(0),
    size: z.int().min(0).describe('Number of members from that instant on'),
    at: instant.describe('When the change takes effect, in event time: minutes after the event'),
  }),
  example: {
    tenantId: 'default',
    cohortId: '0d9c5d0e-3c1f-4f0a-8a53-7b1c1f5b2f10',
    cohort: 'regulars',
    version: 12,
    by: 'RECOMPUTATION',
    added: 310,
    removed: 42,
    size: 48_210,
    at: '2026-11-21T02:10:00Z',
  },
});

/** An action of a user changed the periods in which the user is in a real-time cohort. */
export const CohortMembershipChanged = defineContract({
  type: 'guerdon.cohort.membership-changed.v1',
  topic: 'campaign-events',
  summary: 'An action added a user to a real-time cohort, or removed the user.',
  schema: z.object({
    ...cohortFields,
    cohort: slug.describe('Its name in campaigns'),
    userId: identifier,
    eventId: identifier.describe('The action'),
    period: z
      .object({
        since: instant.describe('Included'),
        until: instant.nullable().describe('Not included; null: no end'),
      })
      .nullable()
      .describe('The last period in which the user is a member; null: none'),
  }),
  example: {
    tenantId: 'default',
    cohortId: '0d9c5d0e-3c1f-4f0a-8a53-7b1c1f5b2f10',
    cohort: 'shoppers-today',
    userId: 'c-1007',
    eventId: 'e-900001',
    period: { since: '2026-11-21T10:15:00.001Z', until: '2026-11-22T10:15:00.001Z' },
  },
});

/** A cohort is due, or an upload is complete: recompute-cohort need not wait for its tick. */
export const CohortRecomputeRequested = defineContract({
  type: 'guerdon.cohort.recompute-requested.v1',
  topic: 'campaign-events',
  summary: 'A cohort is to be recomputed, or an upload to be applied.',
  schema: z.object(cohortFields),
  example: { tenantId: 'default', cohortId: '0d9c5d0e-3c1f-4f0a-8a53-7b1c1f5b2f10' },
});
