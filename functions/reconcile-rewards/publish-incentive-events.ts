import { Gauge } from 'prom-client';
import { incentiveEvent, incentiveOutbox } from '#shared/eventing/incentive-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import type { IncentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { publishBehind } from './publish-behind.ts';

export type UnpublishedDependencies = Readonly<{
  incentiveLog: IncentiveLog;
  publisher: Pick<Publisher, 'publish'>;
}>;

const unpublished = new Gauge({
  name: 'guerdon_incentives_unpublished',
  help: 'Events of incentives that were not published within a minute of their commit, as of the last run',
});

/**
 * Publishes events of incentives that were left unpublished, at least once each, oldest first, and
 * marks them as published.
 */
export const publishIncentiveEvents = ({
  incentiveLog,
  publisher,
}: UnpublishedDependencies): Promise<void> =>
  publishBehind({
    publisher,
    outbox: incentiveOutbox(incentiveLog),
    next: async (...query) =>
      (await incentiveLog.unpublished(...query)).map(({ incentive, event, correlation }) => ({
        ...incentiveEvent(incentive, event),
        ...correlation,
      })),
    found: unpublished,
  });
