import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, tenantIdentifier } from './fields.ts';

/** An action turned out not to have happened: what it earned is taken back, also where the action itself comes later. */
export const ActionReversed = defineContract({
  type: 'guerdon.action.reversed.v1',
  topic: 'tenant-events',
  plainWith: 'reversedEventId',
  summary: 'An action turned out not to have happened.',
  schema: z.object({
    reversedEventId: identifier.describe('The eventId of the action'),
    tenantId: tenantIdentifier.default('default'),
    reversedAt: instant.optional().describe('The time of the record when left out'),
  }),
  example: {
    reversedEventId: 'e-900001',
    tenantId: 'default',
    reversedAt: '2026-11-23T10:00:00+05:30',
  },
});
