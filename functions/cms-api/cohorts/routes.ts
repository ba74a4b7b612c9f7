import type { AnyRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { createCohort } from './create-cohort.ts';
import { deleteMember } from './delete-member.ts';
import { getCohort } from './get-cohort.ts';
import { getMember } from './get-member.ts';
import { listMembers } from './list-members.ts';
import { putMember } from './put-member.ts';
import { recomputeCohort } from './recompute-cohort.ts';
import { uploadMembers } from './upload-members.ts';

/** Cohorts and their members. */
export const cohortRoutes = (dependencies: Dependencies): readonly AnyRoute[] => [
  createCohort(dependencies),
  getCohort(dependencies),
  recomputeCohort(dependencies),
  uploadMembers(dependencies),
  listMembers(dependencies),
  getMember(dependencies),
  putMember(dependencies),
  deleteMember(dependencies),
];
