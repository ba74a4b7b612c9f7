import type { RecordedAnswer, RequestKey } from '#shared/domain/idempotency/request-claim.ts';
import type { IdempotencyStore } from '#shared/runtime/http/idempotency.ts';

type Standing = { fingerprint: string; claimId: string; answer?: RecordedAnswer };

const nameOf = ({ tenantId, subject, key }: RequestKey) => JSON.stringify([tenantId, subject, key]);

/**
 * An IdempotencyStore of one process, without leases and without an end: for tests of what the
 * runtime makes of one.
 */
export const memoryIdempotency = (): IdempotencyStore => {
  const standings = new Map<string, Standing>();
  return {
    claim: (request, fingerprint) => {
      const standing = standings.get(nameOf(request));
      if (standing === undefined) {
        const claimId = String(standings.size);
        standings.set(nameOf(request), { fingerprint, claimId });
        return Promise.resolve({ kind: 'claimed', claimId });
      }
      if (standing.fingerprint !== fingerprint) return Promise.resolve({ kind: 'reused' });
      const { answer } = standing;
      return Promise.resolve(answer ? { kind: 'answered', answer } : { kind: 'in-flight' });
    },
    complete: (request, claimId, answer) => {
      const standing = standings.get(nameOf(request));
      if (standing?.claimId === claimId) standing.answer = answer;
      return Promise.resolve();
    },
    release: (request) => {
      standings.delete(nameOf(request));
      return Promise.resolve();
    },
  };
};
