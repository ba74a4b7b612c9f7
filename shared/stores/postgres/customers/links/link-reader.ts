import type { PairScore } from '#shared/domain/matching/comparing/score-pair.ts';
import type { Sql } from '../../driver/connect.ts';
import { withPostgres } from '../../driver/transaction.ts';
import type { CustomerKey } from '../current-customer.ts';
import { byIndex } from '../records/by-index.ts';

/** Why two records are, or may be, of one person. */
export type StoredLink = Readonly<{
  a: number;
  b: number;
  band: 'LINK' | 'REVIEW';
  probability: number;
  score: PairScore;
  scoredAt: Date;
}>;

/** Where a page of the review queue ended. */
type ReviewPlace = readonly [probability: number, a: number, b: number];

/** Pairs to review, and where the next page begins; undefined after the last pair. */
type ReviewPage = Readonly<{ links: readonly StoredLink[]; next: ReviewPlace | undefined }>;

/** Pairs that a page passes over, because their records were joined since. */
const passedMax = 1_000;

/** What a person decided about two records. */
export type StoredDecision = Readonly<{
  a: number;
  b: number;
  decided: 'SAME' | 'DIFFERENT';
  decidedBy: string;
  decidedAt: Date;
  reason: string;
}>;

/** Every method throws Unavailable when Postgres is unavailable. */
export type LinkReader = Readonly<{
  /** The links between records of a customer, and what people decided about them. */
  links: (
    key: CustomerKey,
    page: Readonly<{ after: readonly [a: number, b: number]; limit: number }>,
  ) => Promise<readonly StoredLink[]>;
  decisions: (key: CustomerKey) => Promise<readonly StoredDecision[]>;
  /**
   * Pairs that people are to review and nobody decided about, the most probable first. Two records
   * that others joined in one customer are not among them: a page passes over at most
   * `passedMax` of these, so it may have fewer pairs than its limit while there are more.
   */
  reviews: (
    tenantId: string,
    page: Readonly<{ after: ReviewPlace | undefined; limit: number }>,
  ) => Promise<ReviewPage>;
}>;

/** Reads why records belong together. */
export const linkReader = (sql: Sql): LinkReader => ({
  links: ({ tenantId, customerId }, { after: [a, b], limit }) =>
    withPostgres(
      async () => sql<StoredLink[]>`
          select link.a, link.b, band, probability, score, scored_at
          from customer_records one
          join record_links link on link.a = one.record_no
          join customer_records other on other.record_no = link.b and other.customer_id = one.customer_id
          where one.tenant_id = ${tenantId} and one.customer_id = ${customerId}
            and (link.a, link.b) > (${a}, ${b})
          order by link.a, link.b limit ${limit}`,
    ),
  decisions: ({ tenantId, customerId }) =>
    withPostgres(
      async () => sql<StoredDecision[]>`
          select a, b, decided, decided_by, decided_at, reason from link_decisions
          where tenant_id = ${tenantId} and a in (
            select record_no from customer_records
            where tenant_id = ${tenantId} and customer_id = ${customerId})
          order by a, b`,
    ),
  reviews: (tenantId, { after: [probability, a, b] = [2, 0, 0], limit }) =>
    withPostgres(async () => {
      const undecided = sql`
        select * from record_links
        where tenant_id = ${tenantId} and band = 'REVIEW' and not decided and probability <= ${probability}
          and (probability < ${probability} or (a, b) > (${a}, ${b}))
        order by probability desc, a, b`;
      const readMax = limit + passedMax;
      const found = await sql<StoredLink[]>`
        select link.a, link.b, band, probability, score, scored_at
        from (${undecided} limit ${readMax}) link
        cross join lateral (
          select customer_id from customer_records where record_no = link.a ${byIndex(sql)}) one
        cross join lateral (
          select customer_id from customer_records where record_no = link.b ${byIndex(sql)}) other
        where one.customer_id is distinct from coalesce(other.customer_id, -1)
        order by probability desc, link.a, link.b limit ${limit + 1}`;
      const links = found.slice(0, limit);
      const [last] =
        found.length > limit
          ? links.slice(-1)
          : await sql<StoredLink[]>`${undecided} offset ${readMax - 1} limit 1`;
      return { links, next: last && [last.probability, last.a, last.b] };
    }),
});
