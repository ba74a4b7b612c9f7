import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { recordChange } from '../journal/record-change.ts';
import { type Committed, combine, nothing } from './committed.ts';
import type { Answer, By, Customers, Reassign, Refusal } from './links/decision.ts';
import { writeDecision } from './links/write-decision.ts';
import { lockCustomers } from './lock-customers.ts';

type Merging<DomainEvent extends OutboxEvent> = Readonly<{
  customers: Customers;
  by: By;
  reassign: Reassign<DomainEvent>;
}>;

/** The customer that has the records of each now, with the records that name both. */
type Current = Readonly<{
  foundingRecord: number;
  currentId: number;
  currentFounding: number;
}>;

const readCurrent = (tx: Transaction, { tenantId, customerId, otherId }: Customers) => tx<
  Current[]
>`
  with recursive path as (
    select customer_id, founding_record, customer_id as current_id, founding_record as current_founding, merged_into
    from customers
    where tenant_id = ${tenantId} and customer_id in (${customerId}, ${otherId}) and erased_at is null
    union all
    select path.customer_id, path.founding_record, next.customer_id, next.founding_record, next.merged_into
    from path join customers next on next.customer_id = path.merged_into
  )
  select founding_record, current_id, current_founding from path where merged_into is null
  order by customer_id = ${otherId}`;

/** Merges two customers, in a transaction that has locked the tenant's customers. */
export const mergeCustomers = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  { customers, by, reassign }: Merging<DomainEvent>,
): Answer<Readonly<{ kind: 'merged'; customerId: number }>, DomainEvent> => {
  const { tenantId, customerId, otherId } = customers;
  if (customerId === otherId) return { ...nothing, outcome: { kind: 'same-customer' } };
  const [one, other] = await readCurrent(tx, customers);
  if (one === undefined || other === undefined)
    return { ...nothing, outcome: { kind: 'no-customer' } };
  const survivor = Math.min(one.currentId, other.currentId);
  const outcome = { kind: 'merged', customerId: survivor } as const;
  if (one.currentId === other.currentId) return { ...nothing, outcome };
  const current = [one.currentId, other.currentId];
  if (await areDecidedDifferent(tx, tenantId, current))
    return { ...nothing, outcome: { kind: 'decided-different' } };
  const records = await recordsOf(tx, tenantId, current);
  const merged = Math.max(...current);
  const join = async (recordNos: readonly number[]) => {
    await decideSame(tx, { tenantId, hub: one.currentFounding, recordNos, merged, by });
    return reassign(tx, tenantId, [one.currentFounding, ...recordNos]);
  };
  const joined = await join([other.currentFounding]);
  // A record whose scores contradict the other customer's is left out unless it is decided, too.
  const now = new Set(await recordsOf(tx, tenantId, [survivor]));
  const left = records.filter((recordNo) => !now.has(recordNo));
  const completed = left.length > 0 ? await join(left) : nothing;
  await recordChange(tx, {
    ...{ tenantId, subject: by.subject, action: 'customer.merged' },
    resource: `unified-customers/${survivor}`,
    after: { merged, reason: by.reason },
  });
  return { ...combine(joined, completed), outcome };
};

const recordsOf = async (
  tx: Transaction,
  tenantId: string,
  customerIds: readonly number[],
): Promise<readonly number[]> => {
  const rows = await tx<{ recordNo: number }[]>`
    select record_no from customer_records
    where tenant_id = ${tenantId} and customer_id = any(${customerIds}::bigint[])`;
  return rows.map(({ recordNo }) => recordNo);
};

const areDecidedDifferent = async (
  tx: Transaction,
  tenantId: string,
  current: readonly number[],
): Promise<boolean> => {
  const found = await tx`
    select from link_decisions decision
    join customer_records one on one.record_no = a join customer_records other on other.record_no = b
    where decision.tenant_id = ${tenantId} and decided = 'DIFFERENT' and one.customer_id <> other.customer_id
      and one.customer_id = any(${current}::bigint[]) and other.customer_id = any(${current}::bigint[])
    limit 1`;
  return found.length > 0;
};

type Joining = Readonly<{
  tenantId: string;
  hub: number;
  recordNos: readonly number[];
  merged: number;
  by: By;
}>;

/** Decides that records are of one person with another one. What people decided before stays. */
const decideSame = (tx: Transaction, { tenantId, hub, recordNos, merged, by }: Joining) => tx`
  insert into link_decisions (tenant_id, a, b, decided, decided_by, reason, merge_of)
  select ${tenantId}, least(${hub}, record_no), greatest(${hub}, record_no), 'SAME', ${by.subject},
    ${by.reason}, ${merged}
  from unnest(${recordNos}::bigint[]) own (record_no) where record_no <> ${hub}
  on conflict do nothing`;

/** Ends the transaction without effect. */
class Refused extends Error {
  readonly kind: Refusal['kind'];
  constructor(kind: Refusal['kind']) {
    super(kind);
    this.kind = kind;
  }
}

/** Takes a customer out of the one that it was merged into, in a transaction of its own. */
export const unmergeCustomers = async <DomainEvent extends OutboxEvent>(
  sql: Sql,
  merging: Merging<DomainEvent>,
): Answer<Readonly<{ kind: 'unmerged'; customerId: number }>, DomainEvent> => {
  try {
    return await inTransaction(sql, (tx) => takeApart(tx, merging));
  } catch (error) {
    if (error instanceof Refused) return { ...nothing, outcome: { kind: error.kind } };
    throw error;
  }
};

const takeApart = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  { customers, by, reassign }: Merging<DomainEvent>,
): Answer<Readonly<{ kind: 'unmerged'; customerId: number }>, DomainEvent> => {
  const { tenantId, otherId } = customers;
  await lockCustomers(tx, tenantId);
  const { one, other } = await bothOf(tx, customers);
  const outcome = { kind: 'unmerged', customerId: otherId } as const;
  if (other.currentId === otherId) return { ...nothing, outcome };
  if (other.currentId !== one.currentId) throw new Refused('not-merged');
  const records = [one.currentFounding, other.foundingRecord];
  const { count } = await tx`
    delete from link_decisions where tenant_id = ${tenantId} and merge_of = ${otherId}`;
  const withdrawn = count > 0 ? await reassign(tx, tenantId, records) : nothing;
  const decided = (await isMerged(tx, otherId))
    ? await decideDifferent(tx, { tenantId, records, by, reassign })
    : nothing;
  if (await isMerged(tx, otherId)) throw new Refused('decided-same');
  await recordChange(tx, {
    ...{ tenantId, subject: by.subject, action: 'customer.unmerged' },
    resource: `unified-customers/${otherId}`,
    after: { from: one.currentId, reason: by.reason },
  });
  return { ...combine(withdrawn, decided), outcome };
};

const bothOf = async (tx: Transaction, customers: Customers) => {
  if (customers.customerId === customers.otherId) throw new Refused('same-customer');
  const [one, other] = await readCurrent(tx, customers);
  if (one === undefined || other === undefined) throw new Refused('no-customer');
  return { one, other };
};

const isMerged = async (tx: Transaction, customerId: number): Promise<boolean> => {
  const found = await tx`
    select from customers where customer_id = ${customerId} and merged_into is not null`;
  return found.length > 0;
};

type Parting<DomainEvent extends OutboxEvent> = Readonly<{
  tenantId: string;
  records: readonly number[];
  by: By;
  reassign: Reassign<DomainEvent>;
}>;

const decideDifferent = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  { tenantId, records, by, reassign }: Parting<DomainEvent>,
): Promise<Committed<DomainEvent>> => {
  const [a, b] = [Math.min(...records), Math.max(...records)];
  await writeDecision(tx, { tenantId, a, b }, { decided: 'DIFFERENT', ...by });
  return reassign(tx, tenantId, records);
};
