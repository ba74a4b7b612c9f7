import type { Transaction } from '../../driver/connect.ts';
import type { OutboxEvent } from '../../journal/outbox.ts';
import type { Committed } from '../committed.ts';

/**
 * Assigns the customers of records and of all that links and decisions connect with them anew, and
 * carries the points of their accounts, in a transaction that has locked the tenant's customers.
 */
export type Reassign<DomainEvent extends OutboxEvent> = (
  tx: Transaction,
  tenantId: string,
  recordNos: readonly number[],
) => Promise<Committed<DomainEvent>>;

/** Who decides, and why. */
export type By = Readonly<{ subject: string; reason: string }>;
/** Two customers of a tenant. */
export type Customers = Readonly<{ tenantId: string; customerId: number; otherId: number }>;

/** Why nothing was changed. */
export type Refusal = Readonly<{
  kind:
    | 'no-record'
    | 'no-customer'
    | 'same-customer'
    | 'not-merged'
    | 'decided-different'
    | 'decided-same';
}>;

/** What a decision did, and what followed from it. */
export type Answer<Done, DomainEvent extends OutboxEvent> = Promise<
  Committed<DomainEvent> & Readonly<{ outcome: Done | Refusal }>
>;
