import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, slug, versionNumber } from './fields.ts';

/** A code of an action, such as PURCHASE or WATCH_VIDEO. */
const actionCode = z
  .string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a string') })
  .regex(
    /^[A-Z][A-Z0-9_]{0,62}$/,
    'must be upper-case letters, digits and underscores, at most 63, beginning with a letter',
  );

const actionFields = z.looseObject({
  eventId: identifier.describe(
    'Unique within the tenant; the same id with different content is refused',
  ),
  tenantId: slug.default('default'),
  userId: identifier,
  action: actionCode,
  occurredAt: instant
    .optional()
    .describe('When the user did it. Defaults to the time of the record'),
  schemaVersion: versionNumber
    .optional()
    .describe(
      "Version of the action's schema that the payload conforms to. Defaults to the latest",
    ),
  payload: z
    .record(z.string(), z.unknown(), 'must be an object')
    .default({})
    .describe(
      'Fields for the clauses of campaigns. Fields that the schema does not declare are kept',
    ),
});

/**
 * A user did something that campaigns may reward. On `tenant-events` plain JSON is enough, and
 * fields that are not named here survive.
 */
export const ActionPerformed = defineContract({
  type: 'guerdon.action.performed.v1',
  topic: 'tenant-events',
  summary: 'A user performed an action that campaigns may reward.',
  schema: actionFields,
  example: {
    eventId: 'e-900001',
    tenantId: 'default',
    userId: 'c-1007',
    action: 'PURCHASE',
    occurredAt: '2026-11-21T15:45:00+05:30',
    payload: { amountMinor: 125_050, currency: 'INR', category: 'books' },
  },
});

/** An action that fits the contract. */
export type Action = z.output<typeof ActionPerformed.schema>;

/**
 * An action turned out not to have happened: what it earned is reversed, even if the action arrives
 * later.
 */
export const ActionReversed = defineContract({
  type: 'guerdon.action.reversed.v1',
  topic: 'tenant-events',
  plainWith: 'reversedEventId',
  summary: 'An action was reversed.',
  schema: z.object({
    reversedEventId: identifier.describe('eventId of the action'),
    tenantId: slug.default('default'),
    reversedAt: instant.optional().describe('Defaults to the time of the record'),
  }),
  example: {
    reversedEventId: 'e-900001',
    tenantId: 'default',
    reversedAt: '2026-11-23T10:00:00+05:30',
  },
});
