import { z } from 'zod';
import { versionMax } from '#shared/eventing/contracts/fields.ts';
import { wholeNumber } from '#shared/runtime/parameters.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { campaignPath } from '../parameters.ts';
import { shownTerms } from './campaign-document.ts';
import { type CampaignAccess, keyOf } from './change-campaign.ts';
import { diffDocuments } from './diff-documents.ts';
import { findVersion } from './find-version.ts';

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

/** GET …/diff: what one version says otherwise than another. */
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
