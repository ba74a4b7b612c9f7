import type { Sql, Transaction } from '../../driver/connect.ts';
import { inTransaction } from '../../driver/transaction.ts';
import type { OutboxEvent } from '../../journal/outbox.ts';
import { recordChange } from '../../journal/record-change.ts';
import { nothing } from '../committed.ts';
import { lockCustomers } from '../lock-customers.ts';
import { mergeCustomers, unmergeCustomers } from '../merge-customers.ts';
import type { Answer, By, Customers, Reassign } from './decision.ts';
import type { StoredDecision } from './link-reader.ts';
import { type Pair, writeDecision } from './write-decision.ts';

/**
 * What people decide about records and customers. Each method locks the tenant's customers, writes
 * the decision and the change log, and assigns customers anew, all in one transaction or not at
 * all. Repeating one changes nothing more.
 * @throws Unavailable when Postgres is unavailable; repeating is safe.
 */
export type LinkDecisions<DomainEvent extends OutboxEvent> = Readonly<{
  /** Decides about two records. A later decision about them replaces an earlier one. */
  decide: (
    pair: Pair,
    decision: By & Pick<StoredDecision, 'decided'>,
  ) => Answer<Readonly<{ kind: 'decided'; decision: StoredDecision }>, DomainEvent>;
  /** Withdraws a decision about two records, so that scores decide again. */
  withdraw: (pair: Pair, by: By) => Answer<Readonly<{ kind: 'withdrawn' }>, DomainEvent>;
  /**
   * Merges two customers: decides that their records are all of one person. The older one remains.
   * Refused where people decided that two of the records are of different persons.
   */
  merge: (
    customers: Customers,
    by: By,
  ) => Answer<Readonly<{ kind: 'merged'; customerId: number }>, DomainEvent>;
  /**
   * Takes a customer, `otherId`, out of the one that it was merged into: withdraws what merging
   * them decided; and where links alone join them, decides that the records which name them are of
   * different persons. Refused where other decisions join them.
   */
  unmerge: (
    customers: Customers,
    by: By,
  ) => Answer<Readonly<{ kind: 'unmerged'; customerId: number }>, DomainEvent>;
}>;

/**
 * Decides about records, with what `reassignOf` returns for their tenant in the same transaction.
 */
export const linkDecisions = <DomainEvent extends OutboxEvent>(
  sql: Sql,
  reassignOf: (tenantId: string) => Promise<Reassign<DomainEvent>>,
): LinkDecisions<DomainEvent> => {
  const locked = async <Result>(
    tenantId: string,
    work: (tx: Transaction, reassign: Reassign<DomainEvent>) => Promise<Result>,
  ) => {
    const reassign = await reassignOf(tenantId);
    return inTransaction(sql, async (tx) => {
      await lockCustomers(tx, tenantId);
      return work(tx, reassign);
    });
  };
  return {
    decide: (pair, { decided, ...by }) =>
      locked(pair.tenantId, async (tx, reassign) => {
        if (!(await areRecords(tx, pair))) return { ...nothing, outcome: { kind: 'no-record' } };
        const before = await readDecision(tx, pair);
        if (before?.decided === decided && before.reason === by.reason)
          return { ...nothing, outcome: { kind: 'decided', decision: before } };
        const decision = await writeDecision(tx, pair, { decided, ...by });
        await logDecision(tx, pair, { by, before, after: decision });
        const committed = await reassign(tx, pair.tenantId, [pair.a, pair.b]);
        return { ...committed, outcome: { kind: 'decided', decision } };
      }),
    withdraw: (pair, by) =>
      locked(pair.tenantId, async (tx, reassign) => {
        const before = await readDecision(tx, pair);
        const outcome = { kind: 'withdrawn' } as const;
        if (before === undefined) return { ...nothing, outcome };
        const { tenantId, a, b } = pair;
        await tx`
          delete from link_decisions where tenant_id = ${tenantId} and a = ${a} and b = ${b}`;
        await logDecision(tx, pair, { by, before, after: undefined });
        return { ...(await reassign(tx, tenantId, [a, b])), outcome };
      }),
    merge: (customers, by) =>
      locked(customers.tenantId, (tx, reassign) => mergeCustomers(tx, { customers, by, reassign })),
    unmerge: async (customers, by) => {
      const reassign = await reassignOf(customers.tenantId);
      return unmergeCustomers(sql, { customers, by, reassign });
    },
  };
};

const areRecords = async (tx: Transaction, { tenantId, a, b }: Pair): Promise<boolean> => {
  const found = await tx`
    select from customer_records where tenant_id = ${tenantId} and record_no in (${a}, ${b})`;
  return found.length === 2;
};

const readDecision = async (
  tx: Transaction,
  { tenantId, a, b }: Pair,
): Promise<StoredDecision | undefined> => {
  const [row] = await tx<StoredDecision[]>`
    select a, b, decided, decided_by, decided_at, reason from link_decisions
    where tenant_id = ${tenantId} and a = ${a} and b = ${b}`;
  return row;
};

const logDecision = (
  tx: Transaction,
  { tenantId, a, b }: Pair,
  {
    by: { subject, reason },
    before,
    after,
  }: Readonly<{
    by: By;
    before: StoredDecision | undefined;
    after: StoredDecision | undefined;
  }>,
): Promise<void> =>
  recordChange(tx, {
    ...{ tenantId, subject, resource: `link-decisions/${a}/${b}` },
    action: after === undefined ? 'link.decision-withdrawn' : 'link.decided',
    ...(before && { before: { decided: before.decided, reason: before.reason } }),
    after: after === undefined ? { reason } : { decided: after.decided, reason },
  });
