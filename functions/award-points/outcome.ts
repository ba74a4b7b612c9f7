import { Counter } from 'prom-client';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { LedgerConflict, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import { awardedFact } from './facts.ts';

const awardsTotal = new Counter({
  name: 'guerdon_awards_total',
  help: 'Orders by outcome: booked, replayed (recorded before), or in conflict with the recorded order',
  labelNames: ['outcome'] as const,
});

/** What the ledger holds of an order in one program: its EARN, or one that contradicts it. */
export type Award = Readonly<
  | { kind: 'booked' | 'replayed'; entry: LedgerEntry }
  | { kind: 'conflict'; recorded: LedgerEntry; field: LedgerConflict }
>;

/**
 * Says what the ledger holds of an order, not what was decided now: after a redelivery they may differ. A replayed order says its
 * facts again under the same ids, because the first time may have died before saying them.
 */
export const toOutcome = (awards: readonly Award[]): Outcome => {
  for (const { kind } of awards) awardsTotal.inc({ outcome: kind });
  const conflict = awards.find((award) => award.kind === 'conflict');
  if (conflict !== undefined) {
    const { recorded, field } = conflict;
    const detail = `Order ${recorded.orderId} was already recorded with a different ${field}: ${recorded[field]}`;
    return new InvalidEvent('order-conflict', detail);
  }
  const facts = awards.flatMap((award) =>
    award.kind === 'conflict' ? [] : [awardedFact(award.entry)],
  );
  return { kind: 'done', facts };
};
