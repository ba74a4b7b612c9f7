import { z } from 'zod';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { identifier } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { StoredEvent } from '#shared/stores/postgres/events/event-rows.ts';
import type { Dependencies } from '../dependencies.ts';
import { tenantPath } from '../parameters.ts';
import { evaluateAgain } from './decide.ts';
import { explainedEvent, showExplained } from './document.ts';

type Stores = Pick<
  Dependencies,
  'events' | 'actions' | 'campaignHistory' | 'findCampaignSet' | 'incentives' | 'personalRecords'
>;

/** How many campaigns that decided nothing are named. */
const silentMax = 200;

/**
 * GET …/events/{eventId}/explain: the outcome of an event, with the campaigns that evaluated it.
 */
export const explainEvent = (stores: Stores) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/events/{eventId}/explain',
    id: 'explainEvent',
    summary: 'Explain why an event was or was not rewarded',
    scope: 'cms:read',
    params: tenantPath.extend({ eventId: identifier }),
    query: z.object({}),
    response: explainedEvent,
    problems: {
      404: 'The event does not exist or has not been evaluated yet',
      409: 'The event was evaluated by another version of the platform',
      410: 'The event, or an incentive of it, has been archived',
    },
    handle: async ({ params: { tenantId, eventId }, caller: { subject } }) => {
      const { events, campaignHistory, incentives, personalRecords } = stores;
      const found = await events.find({ tenantId, eventId });
      if (found === undefined) {
        const detail = `Event ${eventId} does not exist or has not been evaluated yet`;
        throw new HttpProblem(404, 'event-not-found', detail);
      }
      await personalRecords.noteRead(tenantId, { subject, resource: `events/${eventId}` });
      const decisions = await evaluateAgain(stores, found);
      const stored = { ...found, decisions };
      const terms = await campaignHistory.terms(tenantId, decisions);
      const silent = await campaignHistory.silent({
        tenantId,
        action: found.event.action,
        except: decisions.map(({ campaignId }) => campaignId),
        limit: silentMax,
      });
      return showExplained(stored, {
        ...{ terms, silent },
        incentives: await incentivesOf(incentives, stored),
      });
    },
  });

/** The incentives of an event, including those of a quest that another event completed. */
const incentivesOf = async (
  incentives: Stores['incentives'],
  { event: { tenantId, eventId }, decisions }: StoredEvent,
): Promise<readonly Incentive[]> => {
  const own = await incentives.ofEvent({ tenantId, eventId });
  const known = new Set(own.map(({ incentiveId }) => incentiveId));
  const others = decisions
    .flatMap(({ incentiveIds = [] }) => incentiveIds)
    .filter((incentiveId) => !known.has(incentiveId))
    .map((incentiveId) => incentives.find({ tenantId, incentiveId }));
  return [...own, ...(await Promise.all(others)).filter((found) => found !== undefined)];
};
