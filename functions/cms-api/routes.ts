import type { AnyRoute } from '#shared/runtime/route.ts';
import { deleteMember } from './cohorts/delete-member.ts';
import { getMember } from './cohorts/get-member.ts';
import { listMembers } from './cohorts/list-members.ts';
import { putMember } from './cohorts/put-member.ts';
import type { Dependencies } from './dependencies.ts';
import { dryRun } from './dry-run/dry-run.ts';
import { createProgram } from './programs/create-program.ts';
import { getProgram } from './programs/get-program.ts';
import { listPrograms } from './programs/list-programs.ts';
import { activateRule } from './rules/activate-rule.ts';
import { createRule } from './rules/create-rule.ts';
import { getRule } from './rules/get-rule.ts';
import { listRules } from './rules/list-rules.ts';
import { activateLadder } from './tiers/activate-ladder.ts';
import { createLadder } from './tiers/create-ladder.ts';
import { getLadder } from './tiers/get-ladder.ts';
import { listLadders } from './tiers/list-ladders.ts';

/** Everything cms-api answers. */
export const routes = (dependencies: Dependencies): readonly AnyRoute[] => [
  listPrograms(dependencies),
  createProgram(dependencies),
  getProgram(dependencies),
  dryRun(dependencies),
  listRules(dependencies),
  createRule(dependencies),
  getRule(dependencies),
  activateRule(dependencies),
  listLadders(dependencies),
  createLadder(dependencies),
  getLadder(dependencies),
  activateLadder(dependencies),
  listMembers(dependencies),
  getMember(dependencies),
  putMember(dependencies),
  deleteMember(dependencies),
];
