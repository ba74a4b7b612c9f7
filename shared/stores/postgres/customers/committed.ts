import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { OutboxEvent } from '../journal/outbox.ts';

/** Balances that a commit changed, and the events that it left in the outbox. */
export type Committed<DomainEvent extends OutboxEvent> = Readonly<{
  balances: readonly Balance[];
  domainEvents: readonly DomainEvent[];
}>;

/** The result of a commit without changes. */
export const nothing = { balances: [], domainEvents: [] };

/** The results of two parts of a commit, in their order. */
export const combine = <DomainEvent extends OutboxEvent>(
  first: Committed<DomainEvent>,
  second: Committed<DomainEvent>,
): Committed<DomainEvent> => ({
  balances: [...first.balances, ...second.balances],
  domainEvents: [...first.domainEvents, ...second.domainEvents],
});
