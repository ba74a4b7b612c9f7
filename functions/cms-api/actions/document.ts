import { z } from 'zod';
import { line, shownInstant, strict } from '#shared/runtime/http/body/body-fields.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import type { StoredAction } from '#shared/stores/postgres/campaigns/action-store.ts';
import { fieldName, oneOf } from '../fields.ts';

const field = strict({
  type: oneOf('int', 'double', 'string', 'bool', 'timestamp', 'strings').describe(
    'int: whole numbers within ±2^53; double: measurements, never money; string: at most 1,000 characters; strings: at most 100 strings of 200 characters',
  ),
  required: z
    .boolean({ error: 'must be true or false' })
    .describe('Guard optional fields with has(event.x) in expressions'),
  description: line(500).optional(),
});

const fieldsMax = 100;

const fields = z
  .record(fieldName, field, {
    error: ({ code }) =>
      code === 'invalid_key'
        ? 'must be named by letters, digits and _, at most 63, beginning with a letter'
        : 'must be an object of fields by name',
  })
  .refine((all) => Object.keys(all).length <= fieldsMax, {
    error: `must not be more than ${fieldsMax}`,
  })
  .describe('Fields of the payload. Other fields are stored, but expressions cannot use them');

/** The body that saves what the payload of an action looks like. */
export const newAction = strict({
  description: line(500).describe('What the user did'),
  fields,
}).meta({ id: 'NewAction' });

/** A version of an action's schema. */
export const actionAnswer = z
  .object({
    action: z.string(),
    version: z.int(),
    description: z.string(),
    fields,
    createdAt: shownInstant,
    createdBy: z.string().describe('Subject of the token'),
  })
  .meta({ id: 'Action' });

/** A page of actions. */
export const actionsAnswer = z
  .object({ actions: z.array(actionAnswer), nextCursor })
  .meta({ id: 'Actions' });

/** Shows a version of an action. */
export const showAction = ({
  createdAt,
  ...stored
}: StoredAction): z.input<typeof actionAnswer> => ({
  ...stored,
  createdAt: createdAt.toISOString(),
});
