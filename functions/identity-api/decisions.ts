import { z } from 'zod';
import { strict } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { reply } from '#shared/runtime/http/reply.ts';
import { nextCursor, pageQuery } from '#shared/runtime/http/requests/page.ts';
import { writeCursor } from '#shared/runtime/http/requests/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import {
  decisionAnswer,
  linkAnswer,
  recordAnswer,
  showDecision,
  showLink,
  showRecord,
} from './documents.ts';
import { decisionsTotal } from './metrics.ts';
import { pairPath, reason, tenantPath } from './parameters.ts';

const place = z.tuple([z.number(), z.int(), z.int()]);

/**
 * GET …/link-reviews: pairs of records for people to decide about. A page may have fewer than its
 * limit while there is a next one.
 */
export const listReviews = ({
  customers,
  links,
  noteRead,
}: Pick<Dependencies, 'customers' | 'links' | 'noteRead'>) =>
  defineRoute({
    method: 'GET',
    path: '/api/v1/tenants/{tenantId}/link-reviews',
    id: 'listLinkReviews',
    summary: 'List pairs of records to review, the most probable first',
    scope: 'customer:review',
    params: tenantPath,
    query: pageQuery(place),
    response: z
      .object({
        reviews: z.array(
          linkAnswer.extend({ records: z.array(recordAnswer) }).meta({ id: 'LinkReview' }),
        ),
        nextCursor,
      })
      .meta({ id: 'LinkReviews' }),
    handle: async ({ params: { tenantId }, query: { limit, cursor: after }, caller }) => {
      const page = await links.reviews(tenantId, { after, limit });
      const numbers = new Set(page.links.flatMap(({ a, b }) => [a, b]));
      const records = await customers.recordsOf(tenantId, [...numbers]);
      await noteRead(tenantId, { subject: caller.subject, resource: 'link-reviews' });
      const byNumber = new Map(records.map((record) => [record.recordNo, record]));
      const reviews = page.links.map((link) => ({
        ...showLink(link),
        records: [link.a, link.b]
          .flatMap((recordNo) => byNumber.get(recordNo) ?? [])
          .map((record) => showRecord(record, caller)),
      }));
      return { reviews, nextCursor: writeCursor(page.next) };
    },
  });

const decisionUrl = '/api/v1/tenants/{tenantId}/link-decisions/{a}/{b}';

const newDecision = strict({
  decided: z.enum(['SAME', 'DIFFERENT'], { error: 'must be SAME or DIFFERENT' }),
  reason,
}).meta({ id: 'NewLinkDecision' });

/** Orders the two records of a path. @throws HttpProblem 400 when they are one */
const pairOf = ({ tenantId, a, b }: z.output<typeof pairPath>) => {
  if (a === b) throw new HttpProblem(400, 'invalid-request', 'path parameter b: must not be a');
  return { tenantId, a: Math.min(a, b), b: Math.max(a, b) };
};

type Deciding = Pick<Dependencies, 'decisions' | 'afterCommit'>;

/** PUT …/link-decisions/{a}/{b}: decides about two records; no score overrides it. */
export const decideLink = ({ decisions, afterCommit }: Deciding) =>
  defineRoute({
    method: 'PUT',
    path: decisionUrl,
    id: 'decideLink',
    summary: 'Decide whether two records belong to the same person',
    scope: 'customer:decide',
    params: pairPath,
    query: z.object({}),
    body: newDecision,
    response: decisionAnswer,
    problems: { 404: 'One of the records does not exist' },
    handle: async ({ params, body: decision, caller: { subject } }) => {
      const pair = pairOf(params);
      const { outcome, ...committed } = await decisions.decide(pair, { ...decision, subject });
      await afterCommit(committed);
      if (outcome.kind === 'decided') {
        decisionsTotal.inc({ decision: decision.decided === 'SAME' ? 'same' : 'different' });
        return showDecision(outcome.decision);
      }
      const detail = `Record ${pair.a} or ${pair.b} does not exist`;
      throw new HttpProblem(404, 'record-not-found', detail);
    },
  });

/** DELETE …/link-decisions/{a}/{b}: withdraws a decision, so that scores decide again. */
export const withdrawDecision = ({ decisions, afterCommit }: Deciding) =>
  defineRoute({
    method: 'DELETE',
    path: decisionUrl,
    id: 'withdrawLinkDecision',
    summary: 'Withdraw a decision about two records',
    scope: 'customer:decide',
    params: pairPath,
    query: z.object({ reason }),
    status: 204,
    handle: async ({ params, query, caller: { subject } }) => {
      const { outcome: _withdrawn, ...committed } = await decisions.withdraw(pairOf(params), {
        subject,
        reason: query.reason,
      });
      await afterCommit(committed);
      decisionsTotal.inc({ decision: 'withdrawn' });
      return reply({ body: undefined });
    },
  });
