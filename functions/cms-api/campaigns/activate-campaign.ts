import { HttpProblem } from '#shared/runtime/problem.ts';
import type { StoredCampaign } from '#shared/stores/postgres/campaign-rows.ts';
import { answerCampaign } from './campaign-answer.ts';
import {
  type CampaignAccess,
  changeCampaign,
  findCampaign,
  findDefects,
  keyOf,
} from './change-campaign.ts';
import { decideTransition } from './decide-change.ts';
import { statusRoute } from './status-route.ts';

/**
 * POST /campaigns/{campaignId}:activate: lets a campaign give, now or when its window begins. What it names is looked for again: it
 * may be gone since the terms were saved.
 */
export const activateCampaign = (dependencies: CampaignAccess) =>
  statusRoute({
    path: '/api/v1/campaigns/{campaignId}:activate',
    id: 'activateCampaign',
    summary: 'Let a campaign give rewards within its window',
    handle: async ({ params, caller, ifMatch }) => {
      const key = keyOf(caller, params);
      const checked = await findCampaign(dependencies, key);
      if (checked.status !== 'ACTIVE') await requireWorking(dependencies, checked);
      const now = dependencies.clock();
      const campaign = await changeCampaign(dependencies, key, {
        subject: caller.subject,
        ifMatch,
        decide: (standing) =>
          standing.version === checked.version
            ? decideTransition('activate', standing, now)
            : otherTerms,
      });
      return answerCampaign(campaign, now);
    },
  });

const otherTerms = {
  kind: 'refused',
  refusal: { reason: 'campaign-changed', detail: 'The terms were changed meanwhile' },
} as const;

/** @throws HttpProblem naming what keeps a campaign from working. */
const requireWorking = async (
  dependencies: CampaignAccess,
  { tenantId, terms }: StoredCampaign,
): Promise<void> => {
  const defects = await findDefects(dependencies, tenantId, terms);
  if (defects.length === 0) return;
  const found = defects.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new HttpProblem(409, 'campaign-not-working', found);
};
