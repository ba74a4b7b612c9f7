import type { StoredCampaign } from '#shared/stores/postgres/campaign-rows.ts';
import { answerCampaign } from './campaign-answer.ts';
import { type CampaignAccess, changeCampaign, keyOf } from './change-campaign.ts';
import { decideArchiving, decideTransition } from './decide-change.ts';
import { statusRoute } from './status-route.ts';

const summaries = {
  pause: 'Pause a campaign',
  end: 'End a campaign',
  archive: 'Archive a draft or ended campaign',
} as const;

/** How a campaign can be stopped. */
type Stop = keyof typeof summaries;

const decideStop = (verb: Stop, campaign: StoredCampaign, now: Date) =>
  verb === 'archive' ? decideArchiving(campaign, now) : decideTransition(verb, campaign, now);

/** POST /campaigns/{campaignId}:pause, :end and :archive. From then on nothing is given for events that were not judged before. */
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
        decide: (standing) => decideStop(verb, standing, now),
      });
      return answerCampaign(campaign, now);
    },
  });
