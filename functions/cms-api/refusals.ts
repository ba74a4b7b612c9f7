import { HttpProblem } from '#shared/runtime/problem.ts';
import type { ProgramKey } from '#shared/stores/postgres/program-store.ts';

/** Refuses what is asked of a program that is not there. */
export const noProgram = ({ program }: Pick<ProgramKey, 'program'>): HttpProblem =>
  new HttpProblem(404, 'program-not-found', `There is no program ${program}`);

/** Refuses what is asked of a tenant that is not there. */
export const noTenant = (tenantId: string): HttpProblem =>
  new HttpProblem(404, 'tenant-not-found', `There is no tenant ${tenantId}`);
