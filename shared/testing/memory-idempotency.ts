import type { RecordedAnswer, RequestKey } from '#shared/domain/idempotency/request-claim.ts';
import type { IdempotencyStore } from '#shared/runtime/http/requests/idempotency.ts';

type Claimed = { fingerprint: string; claimId: string; answer?: RecordedAnswer };

const nameOf = ({ tenantId, subject, key }: RequestKey) => JSON.stringify([tenantId, subject, key]);

/**
 * An IdempotencyStore of one process, without leases or expiry, for tests of how the runtime uses
 * one.
 */
export const memoryIdempotency = (): IdempotencyStore => {
  const claims = new Map<string, Claimed>();
  return {
    claim: (request, fingerprint) => {
      const claim = claims.get(nameOf(request));
      if (claim === undefined) {
        const claimId = String(claims.size);
        claims.set(nameOf(request), { fingerprint, claimId });
        return Promise.resolve({ kind: 'claimed', claimId });
      }
      if (claim.fingerprint !== fingerprint) return Promise.resolve({ kind: 'reused' });
      const { answer } = claim;
      return Promise.resolve(answer ? { kind: 'answered', answer } : { kind: 'in-flight' });
    },
    complete: (request, claimId, answer) => {
      const claim = claims.get(nameOf(request));
      if (claim?.claimId === claimId) claim.answer = answer;
      return Promise.resolve();
    },
    release: (request) => {
      claims.delete(nameOf(request));
      return Promise.resolve();
    },
  };
};
