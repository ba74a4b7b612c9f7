import { Gauge } from 'prom-client';
import { incentiveFact } from '#shared/eventing/incentive-fact.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { factsPublishedTotal } from '#shared/runtime/metrics.ts';
import type { IncentiveLog } from '#shared/stores/postgres/incentive-log.ts';

export type UnsaidDependencies = Readonly<{
  incentiveLog: IncentiveLog;
  publisher: Pick<Publisher, 'publish'>;
}>;

const unpublished = new Gauge({
  name: 'guerdon_incentives_unpublished',
  help: 'What nobody had said of incentives for longer than it takes, as the last run found it',
});

/** Who decided on an incentive says so within the request, which takes no longer than its timeout. */
const overdueMs = 60_000;

/** Facts of one send, some hundred bytes each. */
const factsMax = 500;

/** Bounds a run; the next one goes on. */
const sendsMax = 40;

/** Says what happened to incentives and was left unsaid, at least once each, oldest first, and notes that it is out. */
export const publishUnsaid = async ({
  incentiveLog,
  publisher,
}: UnsaidDependencies): Promise<void> => {
  let found = 0;
  unpublished.set(found);
  for (let send = 0; send < sendsMax; send += 1) {
    const unsaid = await incentiveLog.unpublished(overdueMs, factsMax);
    if (unsaid.length === 0) return;
    found += unsaid.length;
    unpublished.set(found);
    const facts = unsaid.map(({ incentive, event }) => incentiveFact(incentive, event));
    await publisher.publish(facts.map((fact) => ({ fact })));
    for (const { type } of facts) factsPublishedTotal.inc({ type });
    await incentiveLog.markPublished(
      unsaid.map(({ incentive: { incentiveId }, event }) => ({ incentiveId, event })),
    );
  }
};
