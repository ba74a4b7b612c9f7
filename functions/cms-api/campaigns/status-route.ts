import { z } from 'zod';
import type { Caller } from '#shared/runtime/auth.ts';
import type { Reply } from '#shared/runtime/reply.ts';
import { defineRoute } from '#shared/runtime/route.ts';
import { campaignPath } from '../parameters.ts';
import { campaignAnswer } from './campaign-answer.ts';
import { changeProblems } from './change-campaign.ts';

type Asked = Readonly<{
  params: z.output<typeof campaignPath>;
  caller: Caller;
  ifMatch: string | undefined;
}>;

type Particulars = Readonly<{
  path: string;
  id: string;
  summary: string;
  handle: (asked: Asked) => Promise<Reply<z.input<typeof campaignAnswer>>>;
}>;

/** A route that changes the status of a campaign and says how it stands then. Repeating it changes nothing. */
export const statusRoute = ({ handle, ...particulars }: Particulars) =>
  defineRoute({
    method: 'POST',
    ...particulars,
    scope: 'cms:write',
    params: campaignPath,
    query: z.object({}),
    ifMatch: 'optional',
    sends: ['etag'],
    response: campaignAnswer,
    problems: changeProblems,
    handle,
  });
