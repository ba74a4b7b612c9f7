import { z } from 'zod';
import { defineRoute } from '#shared/runtime/route.ts';
import type { Dependencies } from '../dependencies.ts';
import { noIncentive } from '../refusals.ts';
import {
  incentiveAnswer,
  incentivePath,
  incentivesUrl,
  showIncentive,
} from './incentive-answer.ts';

/** GET …/incentives/{incentiveId}: one incentive as it stands. */
export const getIncentive = ({ incentives }: Pick<Dependencies, 'incentives'>) =>
  defineRoute({
    method: 'GET',
    path: `${incentivesUrl}/{incentiveId}`,
    id: 'getIncentive',
    summary: 'Get an incentive',
    scope: 'cms:read',
    params: incentivePath,
    query: z.object({}),
    response: incentiveAnswer,
    problems: { 404: 'The incentive does not exist' },
    handle: async ({ params }) => {
      const incentive = await incentives.find(params);
      if (incentive === undefined) throw noIncentive(params.incentiveId);
      return showIncentive(incentive);
    },
  });
