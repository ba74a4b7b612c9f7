import { z } from 'zod';
import type { ClauseCosts } from '#shared/domain/campaigns/campaign-load.ts';
import type { Caller } from '#shared/runtime/http/access/auth.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import type { Reply } from '#shared/runtime/http/reply.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { StoredCampaign } from '#shared/stores/postgres/campaigns/campaign-rows.ts';
import { campaignPath } from '../parameters.ts';
import { answerCampaign, campaignAnswer } from './answer.ts';
import {
  type CampaignAccess,
  changeCampaign,
  changeProblems,
  examineTerms,
  findCampaign,
  keyOf,
} from './change-campaign.ts';

type StatusRequest = Readonly<{
  params: z.output<typeof campaignPath>;
  caller: Caller;
  ifMatch: string | undefined;
}>;

type StatusRoute = Readonly<{
  path: string;
  id: string;
  summary: string;
  handle: (request: StatusRequest) => Promise<Reply<z.input<typeof campaignAnswer>>>;
}>;

/**
 * A route that changes the status of a campaign and returns the campaign as it is then. Repeating
 * it changes nothing.
 */
const statusRoute = ({ handle, ...route }: StatusRoute) =>
  defineRoute({
    method: 'POST',
    ...route,
    scope: 'cms:write',
    params: campaignPath,
    query: z.object({}),
    ifMatch: 'optional',
    sends: ['etag'],
    response: campaignAnswer,
    problems: changeProblems,
    handle,
  });

/**
 * POST /campaigns/{campaignId}:activate: activates a campaign, which gives rewards now or when its
 * window begins. Everything that it names is looked up again, because it may have been deleted
 * since the terms were saved.
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
        costs,
        request: { kind: 'activate', version: checked.version },
        now,
      });
      return answerCampaign(campaign, now);
    },
  });

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

const summaries = {
  pause: 'Pause a campaign',
  end: 'End a campaign',
  archive: 'Archive a draft or ended campaign',
} as const;

/** How a campaign can be stopped. */
type Stop = keyof typeof summaries;

/**
 * POST /campaigns/{campaignId}:pause, :end and :archive. From then on, events that were not
 * evaluated before earn nothing.
 */
export const stopCampaign = (dependencies: CampaignAccess, verb: Stop) =>
  statusRoute({
    path: `/api/v1/campaigns/{campaignId}:${verb}`,
    id: `${verb}Campaign`,
    summary: summaries[verb],
    handle: async ({ params, caller, ifMatch }) => {
      const now = dependencies.clock();
      const campaign = await changeCampaign(dependencies, keyOf(caller, params), {
        subject: caller.subject,
        ifMatch,
        request: { kind: verb },
        now,
      });
      return answerCampaign(campaign, now);
    },
  });
