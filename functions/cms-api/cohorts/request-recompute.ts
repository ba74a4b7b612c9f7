import { CohortRecomputeRequested } from '#shared/eventing/contracts/cohorts.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { requestEvent } from '#shared/runtime/http/requests/request-event.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { CohortKey } from '#shared/stores/postgres/cohorts/cohort-rows.ts';

/**
 * Wakes recompute-cohort for a cohort that is due. Throws nothing: what is due is in Postgres, and
 * the next tick finds it.
 */
export type RequestRecompute = (key: CohortKey, now: Date) => Promise<void>;

type Dependencies = Readonly<{ publisher: Publisher; log: Logger }>;

/** Publishes to the Broker. */
export const createRequestRecompute =
  ({ publisher, log }: Dependencies): RequestRecompute =>
  async ({ tenantId, cohortId }, now) => {
    const domainEvent = requestEvent(CohortRecomputeRequested, {
      cause: [tenantId, cohortId, now.toISOString()],
      partitionKey: cohortId,
      time: now,
      data: { tenantId, cohortId },
    });
    for (const { error } of await publisher.publish([domainEvent]))
      log.warn(
        { err: error, cohortId },
        'could not notify recompute-cohort; its next tick does the work',
      );
  };
