import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { actionRoutes } from './actions/routes.ts';
import { listAudit } from './audit/routes.ts';
import { campaignRoutes } from './campaigns/routes.ts';
import { cohortRoutes } from './cohorts/routes.ts';
import { couponRoutes } from './coupons/routes.ts';
import { customerRoutes } from './customers/routes.ts';
import type { Dependencies } from './dependencies.ts';
import { dryRun } from './dry-run/routes.ts';
import { evaluate } from './evaluate/routes.ts';
import { explainEvent } from './explain/routes.ts';
import { incentiveRoutes } from './incentives/routes.ts';
import { limitRoutes } from './limits/routes.ts';
import { programRoutes } from './programs/routes.ts';
import { ruleRoutes } from './rules/routes.ts';
import { tenantRoutes } from './tenants/routes.ts';
import { ladderRoutes } from './tiers/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

/** Everything cms-api answers. */
export const routes = (dependencies: Dependencies): readonly AnyRoute[] => [
  ...tenantRoutes(dependencies),
  ...limitRoutes(dependencies),
  ...actionRoutes(dependencies),
  ...campaignRoutes(dependencies),
  ...programRoutes(dependencies),
  dryRun(dependencies),
  ...ruleRoutes(dependencies),
  ...ladderRoutes(dependencies),
  ...cohortRoutes(dependencies),
  ...couponRoutes(dependencies),
  ...incentiveRoutes(dependencies),
  ...webhookRoutes(dependencies),
  ...customerRoutes(dependencies),
  evaluate(dependencies),
  explainEvent(dependencies),
  listAudit(dependencies),
];
