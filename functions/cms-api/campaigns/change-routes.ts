import { z } from 'zod';
import { line, strict } from '#shared/runtime/http/body/body-fields.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { NewCampaign } from '#shared/stores/postgres/campaigns/campaign-store.ts';
import { refuseBody } from '../fields.ts';
import { campaignPath } from '../parameters.ts';
import { noTenant, requireOwnTenant } from '../refusals.ts';
import { answerCampaign, campaignAnswer, campaignUrl, showCampaign, tagOf } from './answer.ts';
import {
  type CampaignAccess,
  changeCampaign,
  changedEvent,
  changeProblems,
  examineTerms,
  findCampaign,
  keyOf,
} from './change-campaign.ts';
import { campaignTerms, newCampaign } from './document.ts';

/**
 * POST /campaigns: saves a campaign, once per request. It is a draft that gives nothing until it is
 * activated.
 */
export const createCampaign = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/campaigns',
    id: 'createCampaign',
    summary: 'Create a campaign as a draft',
    scope: 'cms:write',
    params: z.object({}),
    query: z.object({}),
    body: newCampaign,
    idempotent: true,
    status: 201,
    sends: ['etag', 'location'],
    response: campaignAnswer,
    problems: { 404: "The token's tenant does not exist" },
    handle: async ({ body: { tenantId: named, ...terms }, caller, idempotencyKey: requestKey }) => {
      const tenantId = requireOwnTenant(caller, named);
      refuseBody((await examineTerms(dependencies, tenantId, terms)).defects);
      return saveDraft(dependencies, { tenantId, terms, createdBy: caller.subject, requestKey });
    },
  });

const saveDraft = async ({ campaigns, afterCommit, clock }: CampaignAccess, draft: NewCampaign) => {
  const { tenantId, createdBy } = draft;
  const outcome = await campaigns.create(draft, changedEvent(createdBy));
  if (outcome === undefined) throw noTenant(tenantId);
  const { campaign, domainEvents } = outcome;
  await afterCommit({ tenantId, domainEvents });
  const headers = { location: campaignUrl(campaign), etag: tagOf(campaign) };
  return reply({ headers, body: showCampaign(campaign, clock()) });
};

/**
 * PUT /campaigns/{campaignId}: saves other terms as the next version, which an active campaign
 * follows at once. Terms that are the current ones change nothing.
 */
export const updateCampaign = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'PUT',
    path: '/api/v1/campaigns/{campaignId}',
    id: 'updateCampaign',
    summary: 'Update a campaign, as a new version',
    scope: 'cms:write',
    params: campaignPath,
    query: z.object({}),
    body: campaignTerms,
    ifMatch: 'required',
    sends: ['etag'],
    response: campaignAnswer,
    problems: changeProblems,
    handle: async ({ params, body: terms, caller, ifMatch }) => {
      const key = keyOf(caller, params);
      await findCampaign(dependencies, key);
      const { defects, costs } = await examineTerms(dependencies, key.tenantId, terms);
      refuseBody(defects);
      const now = dependencies.clock();
      const campaign = await changeCampaign(dependencies, key, {
        subject: caller.subject,
        ifMatch,
        costs,
        request: { kind: 'update', terms },
        now,
      });
      return answerCampaign(campaign, now);
    },
  });

const newCopy = strict({
  name: line(100).optional().describe("Defaults to the campaign's"),
}).meta({ id: 'NewCampaignCopy' });

/**
 * POST /campaigns/{campaignId}:copy: makes a draft with the same terms, once per request, of any
 * campaign. It is checked when it is activated.
 */
export const copyCampaign = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'POST',
    path: '/api/v1/campaigns/{campaignId}:copy',
    id: 'copyCampaign',
    summary: 'Copy a campaign to a new draft',
    scope: 'cms:write',
    params: campaignPath,
    query: z.object({}),
    body: newCopy,
    idempotent: true,
    status: 201,
    sends: ['etag', 'location'],
    response: campaignAnswer,
    problems: { 404: 'The campaign does not exist' },
    handle: async ({ params, body, caller, idempotencyKey: requestKey }) => {
      const copied = await findCampaign(dependencies, keyOf(caller, params));
      return saveDraft(dependencies, {
        ...{ tenantId: copied.tenantId, copyOf: copied.campaignId },
        terms: { ...copied.terms, ...(body.name !== undefined && { name: body.name }) },
        ...{ createdBy: caller.subject, requestKey },
      });
    },
  });
