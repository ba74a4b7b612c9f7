import { z } from 'zod';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { someInstant } from '../fields.ts';
import { pageQuery, tenantPath, toPage } from '../parameters.ts';
import {
  incentiveStatus,
  incentivesAnswer,
  incentivesUrl,
  showIncentive,
} from './incentive-answer.ts';

const incentivesQuery = pageQuery(z.tuple([someInstant, z.uuid()])).extend({
  userId: identifier.optional(),
  campaignId: z.uuid('must be a UUID').optional(),
  status: incentiveStatus.optional(),
});

/** GET …/incentives: what was given and refused. */
export const listIncentives = ({ incentives }: Pick<Dependencies, 'incentives'>) =>
  defineRoute({
    method: 'GET',
    path: incentivesUrl,
    id: 'listIncentives',
    summary: 'List issued and refused incentives, newest first',
    scope: 'cms:read',
    params: tenantPath,
    query: incentivesQuery,
    response: incentivesAnswer,
    handle: async ({ params: { tenantId }, query: { limit, cursor, ...filters } }) => {
      const after = cursor && { issuedAt: cursor[0], incentiveId: cursor[1] };
      const found = await incentives.page({ tenantId, ...filters, after, limit: limit + 1 });
      const page = toPage(found, limit, ({ issuedAt, incentiveId }) => [
        issuedAt.toISOString(),
        incentiveId,
      ]);
      return { incentives: page.items.map(showIncentive), nextCursor: page.nextCursor };
    },
  });
