import { z } from 'zod';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { pageQuery, toPage } from '#shared/runtime/http/requests/page.ts';
import { wholeNumber } from '#shared/runtime/http/requests/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { CampaignKey } from '#shared/stores/postgres/campaigns/campaign-rows.ts';
import type { CampaignVersion } from '#shared/stores/postgres/campaigns/campaign-store.ts';
import { campaignPath } from '../parameters.ts';
import { campaignVersionAnswer, campaignVersionsAnswer, showCampaignVersion } from './answer.ts';
import { type CampaignAccess, findCampaign, keyOf } from './change-campaign.ts';
import { shownTerms } from './document.ts';

/**
 * A version of a campaign of the caller's tenant.
 * @throws HttpProblem when there is no such campaign or version.
 */
const findVersion = async (
  dependencies: CampaignAccess,
  key: CampaignKey,
  version: number,
): Promise<CampaignVersion> => {
  const found = await dependencies.campaigns.version({ ...key, version });
  if (found !== undefined) return found;
  await findCampaign(dependencies, key);
  const detail = `Version ${version} of the campaign does not exist`;
  throw new HttpProblem(404, 'version-not-found', detail);
};

/** GET …/versions: every version of a campaign. */
export const listCampaignVersions = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/campaigns/{campaignId}/versions',
    id: 'listCampaignVersions',
    summary: 'List the versions of a campaign, newest first',
    scope: 'cms:read',
    params: campaignPath,
    query: pageQuery(z.int().min(1).max(versionMax)),
    response: campaignVersionsAnswer,
    problems: { 404: 'The campaign does not exist' },
    handle: async ({ params, query: { limit, cursor: below }, caller }) => {
      const key = keyOf(caller, params);
      await findCampaign(dependencies, key);
      const found = await dependencies.campaigns.versions(key, { limit: limit + 1, below });
      const { items, nextCursor } = toPage(found, limit, ({ version }) => version);
      return { versions: items.map(showCampaignVersion), nextCursor };
    },
  });

/** GET …/versions/{version}: one version of a campaign. */
export const getCampaignVersion = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/campaigns/{campaignId}/versions/{version}',
    id: 'getCampaignVersion',
    summary: 'Get a version of a campaign',
    scope: 'cms:read',
    params: campaignPath.extend({ version: wholeNumber(1, versionMax) }),
    query: z.object({}),
    response: campaignVersionAnswer,
    problems: { 404: 'The campaign or version does not exist' },
    handle: async ({ params, caller }) =>
      showCampaignVersion(await findVersion(dependencies, keyOf(caller, params), params.version)),
  });

/**
 * A place of a document that another document has otherwise; what only one of them has is missing
 * on the other side.
 */
export type ChangedPlace = Readonly<{ place: string; before?: unknown; after?: unknown }>;

/**
 * Finds the places in which two documents of JSON differ, each as deep as it goes and in the order
 * of the first document, then of the second. Lists are compared place by place. Undefined means
 * absent.
 */
export const diffDocuments = (
  before: unknown,
  after: unknown,
  place: readonly string[] = [],
): readonly ChangedPlace[] => {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => diffDocuments(before[name], after[name], [...place, name]));
  }
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : [{ place: place.join('.'), before, after }];
};

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const diffAnswer = z
  .object({
    from: z.int(),
    to: z.int(),
    changes: z.array(
      z.object({
        place: z.string().describe('Path in the document, such as rule.steps.1.count'),
        before: z.unknown().optional().describe('Omitted if there was no value'),
        after: z.unknown().optional().describe('Omitted if the value was removed'),
      }),
    ),
  })
  .meta({ id: 'CampaignDiff' });

const version = wholeNumber(1, versionMax);

/** GET …/diff: the differences between two versions. */
export const getCampaignDiff = (dependencies: CampaignAccess) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/campaigns/{campaignId}/diff',
    id: 'getCampaignDiff',
    summary: 'Compare two versions of a campaign',
    scope: 'cms:read',
    params: campaignPath,
    query: z.object({ from: version, to: version }),
    response: diffAnswer,
    problems: { 404: 'The campaign or version does not exist' },
    handle: async ({ params, query: { from, to }, caller }) => {
      const key = keyOf(caller, params);
      const before = await findVersion(dependencies, key, from);
      const after = await findVersion(dependencies, key, to);
      const changes = diffDocuments(shownTerms(before.terms), shownTerms(after.terms));
      return { from, to, changes: [...changes] };
    },
  });
