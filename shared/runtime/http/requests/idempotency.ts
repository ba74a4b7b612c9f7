import { createHash } from 'node:crypto';
import type { RequestClaim, RequestKey } from '#shared/domain/idempotency/request-claim.ts';
import type { Logger } from '../../log.ts';
import type { Answer } from '../answer.ts';
import { HttpProblem } from '../problem.ts';

/**
 * Records which requests are in progress or completed. Any store that keeps these guarantees can
 * implement it.
 */
export type IdempotencyStore = Readonly<{
  /**
   * Claims a request for its caller: of any number at once, exactly one gets it. A claim that was
   * neither completed nor released for longer than a lease may be taken over by the same request.
   * @throws Unavailable when the store is unavailable; nothing was run then.
   */
  claim: (request: RequestKey, fingerprint: string) => Promise<RequestClaim>;
  /** Records the answer of a claimed request; does nothing for a claim that was taken over. */
  complete: (request: RequestKey, claimId: string, answer: Answer) => Promise<void>;
  /**
   * Releases a claim, so that the request may be tried again; does nothing for a claim that was
   * taken over.
   */
  release: (request: RequestKey, claimId: string) => Promise<void>;
}>;

/** What identifies a request. */
type Identity = Readonly<{ method: string; target: string; tenantId: string; bytes: Uint8Array }>;

/**
 * SHA-256 of method, path with query, tenant and body, so that a key that is reused for another
 * request is detected.
 */
export const fingerprintOf = ({ method, target, tenantId, bytes }: Identity): string =>
  createHash('sha256')
    .update(JSON.stringify([method, target, tenantId]))
    .update(bytes)
    .digest('base64url');

type Claimed = Readonly<{ request: RequestKey; fingerprint: string }>;
type Run = () => Promise<Answer>;

/**
 * Runs a request until it succeeds, and answers every repeat of it with that answer, marked
 * `idempotency-replayed: true`. A refusal or failure is not stored, whatever its status: nothing
 * was done, and the state that it depends on may have changed by the next attempt. After a crash
 * between the run and its record the request runs again, so the run itself must be idempotent. The
 * function throws HttpProblem 409 while the first request is in progress, 422 if the key belongs to
 * a different request, and what `run` throws.
 */
export const createOnce =
  (store: IdempotencyStore, log: Logger) =>
  async ({ request, fingerprint }: Claimed, run: Run): Promise<Answer> => {
    const claim = await store.claim(request, fingerprint);
    switch (claim.kind) {
      case 'in-flight':
        throw new HttpProblem(
          409,
          'request-in-flight',
          'A request with this Idempotency-Key is still in progress',
          {
            'retry-after': '1',
          },
        );
      case 'reused':
        throw new HttpProblem(
          422,
          'idempotency-key-reused',
          'The Idempotency-Key was already used for a different request',
        );
      case 'answered':
        return markReplayed(claim.answer);
      case 'claimed':
        return runAndSettle(run, createSettle({ store, log }, request, claim.claimId));
    }
  };

const markReplayed = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'idempotency-replayed': 'true' },
});

/** Records the answer; undefined gives the claim up. */
type Settle = (answer: Answer | undefined) => Promise<void>;

const runAndSettle = async (run: Run, settle: Settle): Promise<Answer> => {
  const answer = await run().catch(async (error: unknown) => {
    await settle(undefined);
    throw error;
  });
  await settle(answer);
  return answer;
};

type Context = Readonly<{ store: IdempotencyStore; log: Logger }>;

/**
 * The effect is committed, and the caller gets the response even if storing it fails: the lease
 * ends the claim, and a later repeat finds the effect under its business key.
 */
const createSettle =
  ({ store, log }: Context, request: RequestKey, claimId: string): Settle =>
  async (answer) => {
    try {
      if (answer === undefined) await store.release(request, claimId);
      else await store.complete(request, claimId, answer);
    } catch (error) {
      log.error(
        { err: error },
        'the claim of an idempotency key could not be released; it ends with its lease',
      );
    }
  };
