import type { ClauseCosts } from '#shared/domain/campaigns/campaign-load.ts';
import { HttpProblem } from '#shared/runtime/problem.ts';
import type { StoredCampaign } from '#shared/stores/postgres/campaign-rows.ts';
import { answerCampaign } from './campaign-answer.ts';
import {
  type CampaignAccess,
  changeCampaign,
  examineTerms,
  findCampaign,
  keyOf,
} from './change-campaign.ts';
import { decideTransition, withinLoad } from './decide-change.ts';
import { statusRoute } from './status-route.ts';

/**
 * POST /campaigns/{campaignId}:activate: lets a campaign give, now or when its window begins. What it names is looked for again: it
 * may be gone since the terms were saved.
 */
export const activateCampaign = (dependencies: CampaignAccess) =>
  statusRoute({
    path: '/api/v1/campaigns/{campaignId}:activate',
    id: 'activateCampaign',
    summary: 'Activate a campaign',
    handle: async ({ params, caller, ifMatch }) => {
      const key = keyOf(caller, params);
      const checked = await findCampaign(dependencies, key);
      const costs =
        checked.status === 'ACTIVE' ? undefined : await requireWorking(dependencies, checked);
      const now = dependencies.clock();
      const campaign = await changeCampaign(dependencies, key, {
        subject: caller.subject,
        ifMatch,
        ...(costs && { costs }),
        decide: (standing, active) =>
          standing.version === checked.version
            ? withinLoad(decideTransition('activate', standing, now), standing, {
                costs: costs ?? {},
                active,
              })
            : otherTerms,
      });
      return answerCampaign(campaign, now);
    },
  });

const otherTerms = {
  kind: 'refused',
  refusal: { reason: 'campaign-changed', detail: 'The terms have changed since' },
} as const;

/** What the clauses of a campaign cost. @throws HttpProblem naming what keeps it from working. */
const requireWorking = async (
  dependencies: CampaignAccess,
  { tenantId, terms }: StoredCampaign,
): Promise<ClauseCosts> => {
  const { defects, costs } = await examineTerms(dependencies, tenantId, terms);
  if (defects.length === 0) return costs;
  const found = defects.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new HttpProblem(409, 'campaign-not-working', found);
};
