import { Gauge } from 'prom-client';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { factsPublishedTotal } from '#shared/runtime/metrics.ts';
import type { Outbox } from '#shared/stores/postgres/outbox.ts';

type Dependencies = Readonly<{ outbox: Outbox; publisher: Pick<Publisher, 'publish'> }>;

const overdueFacts = new Gauge({
  name: 'guerdon_outbox_overdue',
  help: 'Facts whose publisher had not come to publish them, as the last run found them',
});

/** Who committed a fact publishes it within the request, which takes no longer than its timeout. */
const overdueMs = 60_000;

/** Facts of one send, a few hundred bytes each. */
const factsMax = 500;

/** Bounds a run; the next one goes on. */
const sendsMax = 40;

/** Publishes facts that were left behind, at least once each, oldest first, and takes them out of the outbox. */
export const publishOverdue = async ({ outbox, publisher }: Dependencies): Promise<void> => {
  let found = 0;
  overdueFacts.set(found);
  for (let send = 0; send < sendsMax; send += 1) {
    // Whoever put them in built them as facts.
    const facts = (await outbox.overdue(overdueMs, factsMax)) as readonly Fact[];
    if (facts.length === 0) return;
    found += facts.length;
    overdueFacts.set(found);
    await publisher.publish(facts.map((fact) => ({ fact })));
    for (const { type } of facts) factsPublishedTotal.inc({ type });
    await outbox.remove(facts);
  }
};
