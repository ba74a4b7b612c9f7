import { z } from 'zod';
import type { CohortMember } from '#shared/stores/postgres/cohort-store.ts';
import { shownInstant } from '../fields.ts';
import { nextCursor } from '../parameters.ts';

/** A customer's period in a cohort. */
export const memberAnswer = z
  .object({
    customerId: z.string(),
    since: shownInstant.describe('Orders placed from here on are those of a member'),
    until: shownInstant.nullable().describe('Orders placed from here on are not; null: for good'),
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
