import { z } from 'zod';
import type { CohortMember } from '#shared/stores/postgres/cohort-store.ts';
import { shownInstant } from '../fields.ts';
import { nextCursor } from '../parameters.ts';

/** A customer's period in a cohort. */
export const memberAnswer = z
  .object({
    customerId: z.string(),
    since: shownInstant.describe("Orders placed at or after this time are a member's"),
    until: shownInstant
      .nullable()
      .describe('Orders placed at or after this time are not; null: no end'),
  })
  .meta({ id: 'CohortMember' });

/** A page of members. */
export const membersAnswer = z
  .object({ members: z.array(memberAnswer), nextCursor })
  .meta({ id: 'CohortMembers' });

/** Shows a member. */
export const showMember = ({
  customerId,
  since,
  until,
}: CohortMember): z.output<typeof memberAnswer> => ({
  customerId,
  since: since.toISOString(),
  until: until?.toISOString() ?? null,
});
