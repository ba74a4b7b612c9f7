import type { Correlation } from '#shared/domain/correlation.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { releaseLot } from '#shared/domain/ledger/release-lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Sql } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { type CorrelationRow, toCorrelation } from '../journal/correlation-row.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { lockWallets, walletName } from '../ledger/lock-wallets.ts';
import { recordEntries } from '../ledger/record-entries.ts';
import { type OrderKey, orderColumns } from './earning-rows.ts';

/** Progress of an order. */
type OrderProgress = Readonly<{
  tenantId: string;
  orderId: string;
  progress: string;
  cause: string;
  correlation: Correlation;
  occurredAt: Date;
}>;

export type OrderProgressStore = Readonly<{
  /**
   * Records the progress of an order, even before the order. Of repeated reports the first counts.
   */
  record: (progress: OrderProgress) => Promise<void>;
  /**
   * Releases the points of these orders that wait for progress that has happened, once.
   * `domainEventOf` builds the event that is committed with the entry.
   * @throws Unavailable when Postgres is unavailable; a retry is safe.
   */
  releaseAwaited: <DomainEvent extends OutboxEvent>(
    orders: readonly OrderKey[],
    occurredAt: Date,
    domainEventOf: (released: LedgerEntry, correlation: Correlation) => DomainEvent,
  ) => Promise<Readonly<{ balances: readonly Balance[]; domainEvents: readonly DomainEvent[] }>>;
}>;

type WaitingRow = WalletKey & CorrelationRow & Readonly<{ lotId: string; cause: string }>;

/** Progress of orders, and the points that wait for it. */
export const orderProgressStore = (sql: Sql): OrderProgressStore => ({
  record: async ({ tenantId, orderId, progress, cause, correlation, occurredAt }) => {
    await withPostgres(
      async () => sql`
        insert into order_progress (tenant_id, order_id, progress, cause, occurred_at, correlation_id, traceparent)
        select ${tenantId}, ${orderId}, ${progress}, ${cause}, ${occurredAt},
          ${correlation.correlationId ?? null}, ${correlation.traceparent ?? null}
        where not exists (
          select from order_progress
          where tenant_id = ${tenantId} and order_id = ${orderId} and progress = ${progress})`,
    );
  },

  releaseAwaited: (orders, occurredAt, domainEventOf) =>
    inTransaction(sql, async (transaction) => {
      const waiting = await transaction<WaitingRow[]>`
        select lot.tenant_id, customer_id, program, lot_id, progress.cause, progress.correlation_id,
          progress.traceparent
        from ${rowsOf(transaction, { wanted: orders }, orderColumns)}
        cross join lateral (
          select * from points_lots candidate
          where candidate.tenant_id = wanted.tenant_id and candidate.order_id = wanted.order_id
            and account = 'pending' and awaits is not null
          offset 0) lot
        cross join lateral (
          select cause, correlation_id, traceparent from order_progress reported
          where reported.tenant_id = lot.tenant_id and reported.order_id = lot.order_id and reported.progress = awaits
          order by recorded_at limit 1) progress`;
      const locked = await lockWallets(transaction, waiting, { create: false });
      const released = waiting.flatMap(({ lotId, cause, correlationId, traceparent, ...key }) => {
        const wallet = locked.get(walletName(key));
        const lot = wallet?.lots.find(
          (candidate) =>
            candidate.lotId === lotId && candidate.account === 'pending' && candidate.points > 0,
        );
        if (wallet === undefined || lot === undefined) return [];
        const entry = releaseLot(wallet.balance, lot, { cause, occurredAt });
        const domainEvent = domainEventOf(entry, toCorrelation({ correlationId, traceparent }));
        return [{ entry, domainEvent }];
      });
      const recorded = await recordEntries(
        transaction,
        released.map(({ entry }) => entry),
      );
      const domainEvents = released.map(({ domainEvent }) => domainEvent);
      await addToOutbox(transaction, domainEvents);
      return { balances: [...recorded.values()], domainEvents };
    }),
});
