import type {
  RecordedAnswer,
  RequestClaim,
  RequestKey,
} from '#shared/domain/idempotency/request-claim.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** Every method throws Unavailable when Postgres is not there; repeating is safe. */
export type IdempotentRequests = Readonly<{
  /**
   * Claims a request for its caller; of any number at once, for the same tenant, subject and key,
   * one gets it.
   */
  claim: (request: RequestKey, fingerprint: string) => Promise<RequestClaim>;
  /**
   * Records the response of a claimed request durably; changes nothing for a claim that was taken
   * over.
   */
  complete: (request: RequestKey, claimId: string, answer: RecordedAnswer) => Promise<void>;
  /** Gives up a claim that was not completed; changes nothing for one that was taken over. */
  release: (request: RequestKey, claimId: string) => Promise<void>;
  /** Deletes expired keys, and returns how many. */
  forget: () => Promise<number>;
}>;

type Options = Readonly<{
  /**
   * How long a claim is considered in progress: longer than any request may take (30 s in the
   * host).
   */
  leaseMs?: number;
  /** How long a key is stored for its request. */
  keepMs?: number;
  /** How many requests one statement deletes at most. */
  forgottenAtOnce?: number;
}>;

/**
 * Requests with an Idempotency-Key. All times are the database's, so that no two machines disagree.
 */
export const idempotentRequests = (
  sql: Sql,
  { leaseMs = 60_000, keepMs = 86_400_000, forgottenAtOnce = 10_000 }: Options = {},
): IdempotentRequests => ({
  claim: (request, fingerprint) =>
    withPostgres(async () => {
      const claimId = await take(sql, { request, fingerprint, leaseMs, keepMs });
      if (claimId !== undefined) return { kind: 'claimed', claimId };
      // A second statement, because the first one's snapshot is older than a row that it had to
      // wait for.
      return lookUp(sql, request, fingerprint);
    }),

  complete: ({ tenantId, subject, key }, claimId, { status, headers, body }) =>
    withPostgres(async () => {
      await sql`
        update idempotent_requests
        set completed_at = now(), status = ${status}, headers = ${sql.json(headers)}, body = ${body}
        where tenant_id = ${tenantId} and subject = ${subject} and key = ${key}
          and claim_id = ${claimId} and completed_at is null`;
    }),

  release: ({ tenantId, subject, key }, claimId) =>
    withPostgres(async () => {
      await sql`
        delete from idempotent_requests
        where tenant_id = ${tenantId} and subject = ${subject} and key = ${key}
          and claim_id = ${claimId} and completed_at is null`;
    }),

  forget: async () => {
    let forgotten = 0;
    for (;;) {
      const { count } = await withPostgres(
        async () => sql`
          delete from idempotent_requests where ctid = any(array(
            select ctid from idempotent_requests
            where claimed_at < now() - ${keepMs} * interval '1 millisecond'
            order by claimed_at limit ${forgottenAtOnce} for update skip locked))`,
      );
      forgotten += count;
      if (count < forgottenAtOnce) return forgotten;
    }
  },
});

type Taking = Readonly<{ request: RequestKey; fingerprint: string }> &
  Required<Pick<Options, 'leaseMs' | 'keepMs'>>;

/** Takes a key that is new, abandoned by the same request, or expired; undefined otherwise. */
const take = async (sql: Sql, taking: Taking): Promise<string | undefined> => {
  const { request, fingerprint, leaseMs, keepMs } = taking;
  const { tenantId, subject, key } = request;
  const [row] = await sql<{ claimId: string }[]>`
    insert into idempotent_requests as existing (tenant_id, subject, key, fingerprint)
    values (${tenantId}, ${subject}, ${key}, ${fingerprint})
    on conflict (tenant_id, subject, key) do update set
      fingerprint = excluded.fingerprint, claim_id = excluded.claim_id, claimed_at = excluded.claimed_at,
      completed_at = null, status = null, headers = null, body = null
    where existing.claimed_at <= now() - ${keepMs} * interval '1 ms'
      or (existing.completed_at is null and existing.fingerprint = excluded.fingerprint
        and existing.claimed_at <= now() - ${leaseMs} * interval '1 ms')
    returning claim_id`;
  return row?.claimId;
};

type Row = Readonly<{ fingerprint: string; answer: RecordedAnswer | null }>;

/**
 * Reads the row of a key that could not be taken. A claim that was released meanwhile was in
 * progress until just now.
 */
const lookUp = async (
  sql: Sql,
  { tenantId, subject, key }: RequestKey,
  fingerprint: string,
): Promise<RequestClaim> => {
  const [row] = await sql<Row[]>`
    select fingerprint, case when completed_at is not null then
      jsonb_build_object('status', status, 'headers', headers, 'body', body) end as answer
    from idempotent_requests
    where tenant_id = ${tenantId} and subject = ${subject} and key = ${key}`;
  if (row === undefined) return { kind: 'in-flight' };
  if (row.fingerprint !== fingerprint) return { kind: 'reused' };
  return row.answer === null ? { kind: 'in-flight' } : { kind: 'answered', answer: row.answer };
};
