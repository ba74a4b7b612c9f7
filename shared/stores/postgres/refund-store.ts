import type { EntryKind } from '#shared/domain/points/ledger-entry.ts';
import type { Sql, Transaction } from './connect.ts';
import { type AccountKey, holdAccounts } from './hold-accounts.ts';
import type { OutboxFact } from './outbox.ts';
import { withPostgres } from './postgres-error.ts';
import { type RecordedOrder, readRecordedOrders } from './read-recorded-orders.ts';
import {
  type AccountView,
  type Settled,
  type Settlement,
  settleAccounts,
} from './settle-accounts.ts';
import { inTransaction } from './transaction.ts';

/** A refund as it was asked for. */
export type RefundRequest = Readonly<{
  tenantId: string;
  refundId: string;
  orderId: string;
  /** Absent: whatever is left of the order. */
  amountMinor?: number | undefined;
  lines?: readonly string[] | undefined;
  currency: string;
  refundedAt: Date;
  cause: string;
}>;

/** A refund of an order that is known, with what it takes off the order. */
export type AppliedRefund = RefundRequest & Readonly<{ appliedMinor: number }>;

/**
 * What became of a refund: `applied` now; `replayed`, nothing changed, because it was before; `waiting` for its order;
 * `refused` for good, and why; or a `conflict`, where another content stands under its id.
 */
export type RefundOutcome<Fact extends OutboxFact> = Readonly<
  | ({ kind: 'applied' } & Settled<Fact>)
  | { kind: 'replayed' | 'waiting' }
  | { kind: 'refused'; reason: RefusalReason; detail: string }
  | { kind: 'conflict'; field: string }
>;

type RefusalReason = 'refund-exceeds-order' | 'line-refunded' | 'wrong-currency';

type OrderKey = Readonly<{ tenantId: string; orderId: string }>;

export type RefundStore = Readonly<{
  /**
   * Applies a refund exactly once per refund id, in every program that paid its order, or remembers it until the order comes.
   * `decide` says what it means for an account. Refunds of one order never exceed it, however many come at once.
   * @throws Unavailable when Postgres is not there; repeating is safe.
   */
  apply: <Fact extends OutboxFact>(
    refund: RefundRequest,
    programs: readonly string[],
    decide: (view: AccountView, refund: AppliedRefund) => Settlement<Fact>,
  ) => Promise<RefundOutcome<Fact>>;
  /** Refunds that wait for any of these orders, in the order of their events. */
  waitingFor: (orders: readonly OrderKey[]) => Promise<readonly RefundRequest[]>;
}>;

/** Refunds of orders, and what they took back. */
export const refundStore = (sql: Sql): RefundStore => ({
  apply: (refund, programs, decide) =>
    inTransaction(sql, async (transaction) => {
      const standing = await claim(transaction, refund);
      const field = contradiction(standing, refund);
      if (field !== undefined) return { kind: 'conflict', field };
      if (standing.status === 'APPLIED') return { kind: 'replayed' };
      if (standing.status === 'REFUSED') return refusalOf(standing);
      const accounts = await accountsPaid(transaction, refund, programs);
      if (accounts.length === 0) return { kind: 'waiting' };
      return applyTo(transaction, { refund, accounts, decide });
    }),

  waitingFor: (orders) =>
    withPostgres(async () => {
      const rows = await sql<RefundRow[]>`
        select refund.* from unnest(
          ${orders.map(({ tenantId }) => tenantId)}::text[], ${orders.map(({ orderId }) => orderId)}::text[])
          as wanted (tenant_id, order_id)
        cross join lateral (
          select ${columns(sql)} from refunds
          where refunds.tenant_id = wanted.tenant_id and refunds.order_id = wanted.order_id
            and status = 'WAITING'
          offset 0) refund
        order by refund."refundedAt", refund."refundId"`;
      return rows.map(toRequest);
    }),
});

type RefundRow = Readonly<{
  tenantId: string;
  refundId: string;
  orderId: string;
  amountMinor: number | null;
  lines: readonly string[] | null;
  currency: string;
  status: 'WAITING' | 'APPLIED' | 'REFUSED';
  reason: RefusalReason | null;
  refundedAt: Date;
  cause: string;
}>;

const columns = (sql: Sql | Transaction) => sql`
  tenant_id as "tenantId", refund_id as "refundId", order_id as "orderId", amount_minor as "amountMinor", lines,
  currency, status, reason, refunded_at as "refundedAt", cause`;

const toRequest = (row: RefundRow): RefundRequest => ({
  tenantId: row.tenantId,
  refundId: row.refundId,
  orderId: row.orderId,
  amountMinor: row.amountMinor ?? undefined,
  lines: row.lines ?? undefined,
  currency: row.currency,
  refundedAt: row.refundedAt,
  cause: row.cause,
});

/** Records the refund unless its id stands, and holds its row; returns the row. */
const claim = async (sql: Transaction, refund: RefundRequest): Promise<RefundRow> => {
  await sql`
    insert into refunds (tenant_id, refund_id, order_id, amount_minor, lines, currency, status, cause, refunded_at)
    values (${refund.tenantId}, ${refund.refundId}, ${refund.orderId}, ${refund.amountMinor ?? null},
      ${refund.lines ? JSON.stringify(refund.lines) : null}::text::jsonb, ${refund.currency}, 'WAITING',
      ${refund.cause}, ${refund.refundedAt})
    on conflict do nothing`;
  const [row] = await sql<[RefundRow]>`
    select ${columns(sql)} from refunds
    where tenant_id = ${refund.tenantId} and refund_id = ${refund.refundId} for update`;
  return row;
};

/** The first field in which a repeated refund differs from the recorded one. */
const contradiction = (row: RefundRow, refund: RefundRequest): string | undefined => {
  if (row.orderId !== refund.orderId) return 'orderId';
  if (row.currency !== refund.currency) return 'currency';
  if (String(row.lines) !== String(refund.lines ?? null)) return 'lines';
  return row.amountMinor === (refund.amountMinor ?? null) ? undefined : 'amountMinor';
};

const refusalOf = ({ reason, refundId }: RefundRow) => ({
  kind: 'refused' as const,
  reason: reason ?? 'refund-exceeds-order',
  detail: `Refund ${refundId} was refused before`,
});

const earn: EntryKind = 'EARN';

/** The accounts that were paid for an order. */
const accountsPaid = async (
  sql: Transaction,
  { tenantId, orderId }: RefundRequest,
  programs: readonly string[],
): Promise<readonly AccountKey[]> => sql<AccountKey[]>`
  select tenant_id as "tenantId", customer_id as "customerId", program from points_ledger
  where tenant_id = ${tenantId} and program = any(${[...programs]}) and kind = ${earn} and cause_id = ${orderId}
  order by program`;

type Application<Fact extends OutboxFact> = Readonly<{
  refund: RefundRequest;
  accounts: readonly AccountKey[];
  decide: (view: AccountView, refund: AppliedRefund) => Settlement<Fact>;
}>;

const applyTo = async <Fact extends OutboxFact>(
  sql: Transaction,
  { refund, accounts, decide }: Application<Fact>,
): Promise<RefundOutcome<Fact>> => {
  // Held before anything is read that another refund of the same order could change.
  const held = await holdAccounts(sql, accounts, { create: true });
  const histories = await readRecordedOrders(sql, accounts);
  // What is left of an order is the same in every program that paid it.
  const [history = []] = histories.values();
  const order = history.find(({ orderId }) => orderId === refund.orderId);
  const refusal = order && (await refuse(sql, { refund, order }));
  if (refusal) {
    await sql`
      update refunds set status = 'REFUSED', reason = ${refusal.reason}
      where tenant_id = ${refund.tenantId} and refund_id = ${refund.refundId}`;
    return { kind: 'refused', ...refusal };
  }
  const appliedMinor = refund.amountMinor ?? order?.amountMinor ?? 0;
  const settled = await settleAccounts(sql, {
    keys: accounts,
    held,
    histories,
    decide: (view) => decide(view, { ...refund, appliedMinor }),
  });
  await sql`
    update refunds set status = 'APPLIED', applied_minor = ${appliedMinor}
    where tenant_id = ${refund.tenantId} and refund_id = ${refund.refundId}`;
  return { kind: 'applied', ...settled };
};

/** Why an order cannot be refunded so, if it cannot. */
const refuse = async (
  sql: Transaction,
  { refund, order }: Readonly<{ refund: RefundRequest; order: RecordedOrder }>,
): Promise<Readonly<{ reason: RefusalReason; detail: string }> | undefined> => {
  const { tenantId, orderId, amountMinor, currency, lines } = refund;
  if (currency !== order.currency) {
    const detail = `Order ${orderId} is in ${order.currency}, the refund is in ${currency}`;
    return { reason: 'wrong-currency', detail };
  }
  if (amountMinor !== undefined && amountMinor > order.amountMinor) {
    const detail = `Of order ${orderId} only ${order.amountMinor} minor units are left to refund, got ${amountMinor}`;
    return { reason: 'refund-exceeds-order', detail };
  }
  if (lines === undefined) return undefined;
  const repeated = await sql<{ line: string }[]>`
    select line from refunds, jsonb_array_elements_text(lines) line
    where tenant_id = ${tenantId} and order_id = ${orderId} and status = 'APPLIED' and line = any(${[...lines]})`;
  const [first] = repeated;
  if (first === undefined) return undefined;
  return {
    reason: 'line-refunded',
    detail: `Line ${first.line} of order ${orderId} was refunded before`,
  };
};
