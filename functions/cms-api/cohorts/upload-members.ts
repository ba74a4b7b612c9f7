import { z } from 'zod';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noCohort } from '../refusals.ts';
import { cohortIdPath, memberUpload } from './cohort-answer.ts';

const uploaded = z
  .object({ added: z.int().describe('Number of new members') })
  .meta({ id: 'CohortUploaded' });

/** POST /cohorts/{cohortId}/members: makes many customers members in five minutes, all or none. Repeating changes nothing. */
export const uploadMembers = ({
  cohortLists,
  clock,
}: Pick<Dependencies, 'cohortLists' | 'clock'>) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/cohorts/{cohortId}/members',
    id: 'uploadCohortMembers',
    summary: 'Add customers to a cohort from a file, effective in five minutes',
    scope: 'cms:write',
    params: cohortIdPath,
    query: z.object({}),
    body: memberUpload,
    response: uploaded,
    problems: { 404: 'The cohort does not exist' },
    handle: async ({ params: { cohortId }, body: { members }, caller: { tenantId, subject } }) => {
      const change = { members, at: earliestEffect(clock()), subject };
      const added = await cohortLists.upload({ tenantId, cohortId }, change);
      if (added === undefined) throw noCohort(cohortId);
      return { added };
    },
  });
