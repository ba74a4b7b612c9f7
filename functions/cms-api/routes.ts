import type { AnyRoute } from '#shared/runtime/route.ts';
import { actionRoutes } from './actions/routes.ts';
import { listAudit } from './audit/list-audit.ts';
import { campaignRoutes } from './campaigns/routes.ts';
import { cohortRoutes } from './cohorts/routes.ts';
import { couponRoutes } from './coupons/routes.ts';
import type { Dependencies } from './dependencies.ts';
import { dryRun } from './dry-run/dry-run.ts';
import { evaluate } from './evaluate/evaluate.ts';
import { explainEvent } from './explain/explain-event.ts';
import { incentiveRoutes } from './incentives/routes.ts';
import { limitRoutes } from './limits/routes.ts';
import { createProgram } from './programs/create-program.ts';
import { getProgram } from './programs/get-program.ts';
import { listPrograms } from './programs/list-programs.ts';
import { activateRule } from './rules/activate-rule.ts';
import { createRule } from './rules/create-rule.ts';
import { getRule } from './rules/get-rule.ts';
import { listRules } from './rules/list-rules.ts';
import { tenantRoutes } from './tenants/routes.ts';
import { activateLadder } from './tiers/activate-ladder.ts';
import { createLadder } from './tiers/create-ladder.ts';
import { getLadder } from './tiers/get-ladder.ts';
import { listLadders } from './tiers/list-ladders.ts';

/** Everything cms-api answers. */
export const routes = (dependencies: Dependencies): readonly AnyRoute[] => [
  ...tenantRoutes(dependencies),
  ...limitRoutes(dependencies),
  ...actionRoutes(dependencies),
  ...campaignRoutes(dependencies),
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
  ...cohortRoutes(dependencies),
  ...couponRoutes(dependencies),
  ...incentiveRoutes(dependencies),
  evaluate(dependencies),
  explainEvent(dependencies),
  listAudit(dependencies),
];
