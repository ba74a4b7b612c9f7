import type { Fragment } from 'postgres';
import { assert } from '#shared/domain/assert.ts';
import type { DecidingTerms } from '#shared/domain/earning/decide-payment.ts';
import { isClosed } from '#shared/domain/earning/earning-border.ts';
import { type Earning, type Program, ratesOrdersAlone } from '#shared/domain/earning/program.ts';
import { decideRefund } from '#shared/domain/earning/refunds/decide-refund.ts';
import {
  type AppliedRefund,
  applyRefund,
  type EarlierRefunds,
  type RefundRefusal,
  type RefundRequest,
} from '#shared/domain/earning/refunds/refund.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { untilUndisputed, withPostgres } from '../driver/transaction.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { readArchivedOrders } from '../ledger/ledger-rows.ts';
import { lockWallets, walletName } from '../ledger/lock-wallets.ts';
import { isArchivedRefund, reverse } from './archived-refunds.ts';
import { readBorders } from './earning-checkpoints.ts';
import { earn, type OrderKey, orderColumns, readEarns, readMemberships } from './earning-rows.ts';
import { readRecordedOrder } from './read-recorded-order.ts';
import { type RefundRow, refundColumns, toRequest } from './refund-rows.ts';
import { refusalOf, refuse, refuseArchivedOrder, waitForOrder } from './refuse-refund.ts';
import { type Settled, type SettledEvents, settleWallets } from './settle-wallets.ts';

/** Names a refund within all tenants. */
export type RefundKey = Pick<RefundRequest, 'tenantId' | 'refundId'>;

/**
 * The outcome of a refund: `applied` now; `replayed`, if every program that paid its order had
 * applied it before, or it is archived; `waiting` for its order; or `refused` permanently, with the
 * reason.
 */
export type RefundOutcome<DomainEvent extends OutboxEvent> = Readonly<
  ({ kind: 'applied' } & Settled<DomainEvent>) | { kind: 'replayed' | 'waiting' } | RefundRefusal
>;

/**
 * The programs of a tenant as this process has loaded them, and how a refund is decided in them.
 */
type Deciding = DecidingTerms & Readonly<{ programs: readonly Program[]; timeZone: string }>;

export type RefundStore = Readonly<{
  /**
   * Records a refund, once per refund id. Returns the first field in which it contradicts the one
   * recorded under its id; one that was refused is replaced, since it had no effect.
   * @throws Unavailable when Postgres is unavailable; a retry is safe.
   */
  record: (refund: RefundRequest) => Promise<string | undefined>;
  /**
   * Applies a recorded refund in every program that paid its order and has not applied it yet,
   * exactly once in each. `eventsOf` builds the events that are committed with each wallet.
   * Refunds of one order never exceed it, however many come at once.
   *
   * To be called after `record` has committed: a program that pays the order later, unseen here,
   * then finds the refund unapplied.
   * @throws Unavailable when Postgres is unavailable, or a program or rule version that paid the
   * order is not loaded yet; a retry is safe.
   */
  apply: <DomainEvent extends OutboxEvent>(
    refund: RefundKey,
    deciding: Deciding,
    eventsOf: SettledEvents<DomainEvent>,
  ) => Promise<RefundOutcome<DomainEvent>>;
  /**
   * Recorded refunds of these orders that some program which paid the order has not applied, in the
   * order of their events.
   */
  unapplied: (orders: readonly OrderKey[]) => Promise<readonly RefundKey[]>;
}>;

/** Refunds of orders, and the points that they reversed. */
export const refundStore = (sql: Sql): RefundStore => ({
  record: (refund) => withPostgres(() => record(sql, refund)),
  apply: (refund, deciding, eventsOf) =>
    untilUndisputed(sql, (tx) => apply(tx, refund, { ...deciding, eventsOf })),
  unapplied: (orders) => withPostgres(() => readUnapplied(sql, orders)),
});

const record = async (sql: Sql, refund: RefundRequest): Promise<string | undefined> => {
  await sql`
    insert into refunds (tenant_id, refund_id, order_id, amount_minor, lines, currency, status, cause, refunded_at,
      correlation_id, traceparent)
    values (${refund.tenantId}, ${refund.refundId}, ${refund.orderId}, ${refund.amountMinor ?? null},
      ${refund.lines ? JSON.stringify(refund.lines) : null}::text::jsonb, ${refund.currency ?? null}, 'WAITING',
      ${refund.cause}, ${refund.refundedAt},
      ${refund.correlation?.correlationId ?? null}, ${refund.correlation?.traceparent ?? null})
    on conflict (tenant_id, refund_id) do update set order_id = excluded.order_id,
      amount_minor = excluded.amount_minor, lines = excluded.lines, currency = excluded.currency, status = 'WAITING',
      reason = null, cause = excluded.cause, refunded_at = excluded.refunded_at,
      correlation_id = excluded.correlation_id, traceparent = excluded.traceparent
    where refunds.status = 'REFUSED'`;
  return contradiction(await readRefund(sql, refund), refund);
};

/** Reads a refund that was recorded, with `lock` if it is to stay as it is. */
const readRefund = async (
  sql: Sql | Transaction,
  { tenantId, refundId }: RefundKey,
  lock: Fragment = sql``,
): Promise<RefundRow> => {
  const [row] = await sql<RefundRow[]>`
    select ${refundColumns(sql)} from refunds
    where tenant_id = ${tenantId} and refund_id = ${refundId} ${lock}`;
  if (row !== undefined) return row;
  throw new Unavailable('postgres', `Refund ${refundId} was archived since it was found`);
};

/**
 * The first field in which a repeated refund differs from the recorded one; one of the two may
 * leave out the currency.
 */
const contradiction = (row: RefundRow, refund: RefundRequest): string | undefined => {
  const { currency, amountMinor, lines } = toRequest(row);
  const isSame = {
    orderId: row.orderId === refund.orderId,
    currency: [currency, undefined].includes(refund.currency) || currency === undefined,
    lines: String(lines) === String(refund.lines),
    amountMinor: amountMinor === refund.amountMinor,
  };
  return Object.entries(isSame).find(([, same]) => !same)?.[0];
};

const readUnapplied = (sql: Sql, orders: readonly OrderKey[]): Promise<readonly RefundKey[]> =>
  sql<RefundKey[]>`
    select refund.tenant_id, refund_id
    from ${rowsOf(sql, { wanted: orders }, orderColumns)}
    cross join lateral (
      select * from refunds
      where refunds.tenant_id = wanted.tenant_id and refunds.order_id = wanted.order_id and status <> 'REFUSED'
      offset 0) refund
    where exists (
      select from programs
      where programs.tenant_id = refund.tenant_id
        and exists (select from ledger_keys
          where key = ledger_key(refund.tenant_id, programs.program, ${earn}, refund.order_id))
        and not exists (select from ledger_keys
          where key = ledger_key(refund.tenant_id, programs.program, ${reverse}, refund.refund_id)))
    order by refunded_at, refund_id`;

const apply = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  key: RefundKey,
  { eventsOf, ...deciding }: Deciding & Readonly<{ eventsOf: SettledEvents<DomainEvent> }>,
): Promise<RefundOutcome<DomainEvent>> => {
  const row = await readRefund(tx, key, tx`for update`);
  const ended = await endedBefore(tx, row);
  if (ended !== undefined) return ended;
  const refund = toRequest(row);
  const [earns, archived] = await Promise.all([
    readEarns(tx, [refund]),
    readArchivedOrders(tx, [refund]),
  ]);
  if (archived.length > 0) return refuseArchivedOrder(tx, refund, row);
  const [earned] = earns;
  if (earned === undefined) return waitForOrder(tx, refund);
  const keys = await notYetApplied(tx, refund, earns);
  if (keys.length === 0) return { kind: 'replayed' };
  // Locked before anything is read that another refund of the same order could change.
  const locked = await lockWallets(tx, keys, { create: false, lots: false });
  const borders = await readBorders(tx, keys);
  const place = { orderId: refund.orderId, placedAt: earned.occurredAt };
  if (keys.some((key) => isClosed(borders.get(walletName(key)), place)))
    return refuseArchivedOrder(tx, refund, row);
  const applied = await toApply(tx, { row, refund, earned });
  if ('kind' in applied) return refuse(tx, refund, applied);
  const orders = await readRecordedOrder(tx, refund, keys);
  const looksBack = keys.filter((key) => !ratesOrdersAlone(earningOf(deciding, key).program));
  const settled = await settleWallets(tx, {
    keys,
    locked,
    memberships: await readMemberships(tx, keys),
    lookBack: new Map(looksBack.map((key) => [walletName(key), key.occurredAt])),
    borders,
    now: deciding.now,
    decide: (view) => {
      const order = orders.get(walletName(view.key));
      assert(order, `order ${refund.orderId} was paid in ${view.key.program}`);
      const earning = earningOf(deciding, view.key);
      return decideRefund({ ...view, order }, { ...deciding, earning, refund: applied });
    },
    eventsOf,
  });
  await tx`
    update refunds set status = 'APPLIED', applied_minor = ${applied.appliedMinor},
      currency = coalesce(currency, ${earned.currency ?? null})
    where tenant_id = ${row.tenantId} and refund_id = ${row.refundId}`;
  return { kind: 'applied', ...settled };
};

/** The earlier outcome of a locked refund, if it is known without its order. */
const endedBefore = async (
  tx: Transaction,
  row: RefundRow,
): Promise<RefundRefusal | Readonly<{ kind: 'replayed' }> | undefined> => {
  if (row.status === 'REFUSED') return refusalOf(row);
  return (await isArchivedRefund(tx, row)) ? { kind: 'replayed' } : undefined;
};

type Recorded = Readonly<{ row: RefundRow; refund: RefundRequest; earned: LedgerEntry }>;

/** The amount that a refund takes from its order; unchanged if a program has already applied it. */
const toApply = async (
  tx: Transaction,
  { row, refund, earned }: Recorded,
): Promise<AppliedRefund | RefundRefusal> =>
  row.status === 'APPLIED'
    ? { ...refund, appliedMinor: row.appliedMinor }
    : applyRefund(refund, earned, await readEarlier(tx, row));

const earningOf = (
  { programs, timeZone }: Deciding,
  { program: name }: Pick<LedgerEntry, 'program'>,
): Earning => {
  const program = programs.find((candidate) => candidate.program === name);
  if (program === undefined) throw new Unavailable('self', `Program ${name} is not loaded yet`);
  return { program, timeZone };
};

/**
 * The wallets that were paid for the order and have no REVERSE of the refund, which is the record
 * that it was applied there.
 */
const notYetApplied = async (
  tx: Transaction,
  { tenantId, refundId }: RefundKey,
  earns: readonly LedgerEntry[],
): Promise<readonly LedgerEntry[]> => {
  const applied = await tx<{ program: string }[]>`
    select program from unnest(${earns.map(({ program }) => program)}::text[]) paid (program)
    where exists (select from ledger_keys
      where key = ledger_key(${tenantId}, paid.program, ${reverse}, ${refundId}))`;
  return earns.filter((entry) => !applied.some(({ program }) => program === entry.program));
};

const readEarlier = async (
  tx: Transaction,
  { tenantId, orderId, lines }: RefundRow,
): Promise<EarlierRefunds> => {
  const [earlier] = await tx<[{ minor: number; line: string | null }]>`
    select coalesce(sum(applied_minor), 0)::bigint as minor,
      min((select min(line) from jsonb_array_elements_text(lines) line
        where line = any(${[...(lines ?? [])]}))) as line
    from (
      select applied_minor, lines from refunds
      where tenant_id = ${tenantId} and order_id = ${orderId} and status = 'APPLIED'
      union all
      select minor, lines from archived_refunds where tenant_id = ${tenantId} and order_id = ${orderId}) earlier`;
  return { minor: earlier.minor, line: earlier.line ?? undefined };
};
