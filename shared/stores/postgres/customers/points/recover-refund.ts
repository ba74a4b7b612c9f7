import { spendable } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../../driver/connect.ts';
import type { OutboxEvent } from '../../journal/outbox.ts';
import { recordedEntry } from '../../ledger/ledger-rows.ts';
import { lockCurrentWallet } from '../../wallets/current-wallets.ts';
import { adjustPoints } from '../../wallets/move-points.ts';
import { type Committed, nothing } from '../committed.ts';
import { lessCarried, readCarriedPoints } from './less-carried.ts';

/** A refund of an order of a wallet, of which points were written off. */
export type WrittenOff = Readonly<{
  wallet: WalletKey;
  orderId: string;
  refundId: string;
}>;

/** A debit, for its event. */
type Recovered = Readonly<{
  adjustmentId: string;
  wallet: WalletKey;
  points: number;
  reason: string;
  by: string;
}>;

/** What recovering needs from outside. */
export type RecoverOptions<DomainEvent extends OutboxEvent> = Readonly<{
  now: Date;
  adjustmentIdOf: (writtenOff: WrittenOff) => string;
  causeOf: (id: string) => string;
  adjusted: (recovered: Recovered) => DomainEvent;
}>;

const by = 'carry-points';

/**
 * Takes back, from the wallet that has the points of another one, what a refund wrote off because
 * they had been carried: as many as it can spend and as were carried, and only if the terms of the
 * order take points back from the balance. Once per refund.
 */
export const recoverRefund = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  writtenOff: WrittenOff,
  { now, adjustmentIdOf, causeOf, adjusted }: RecoverOptions<DomainEvent>,
): Promise<Committed<DomainEvent>> => {
  const { wallet: refunded, refundId } = writtenOff;
  const lost = await readLost(tx, writtenOff);
  if (lost === undefined) return nothing;
  const wallet = { ...refunded, customerId: lost.carriedTo };
  const adjustmentId = adjustmentIdOf(writtenOff);
  const locked = await lockCurrentWallet(tx, wallet, { now, create: false });
  const carried = await readCarriedPoints(tx, refunded);
  const points = Math.min(lost.points, carried, spendable(locked?.lots ?? [], now));
  if (points <= 0) return nothing;
  const reason = `refund ${refundId} of ${refunded.customerId}`;
  const recovered = { adjustmentId, wallet, points: -points, reason, by };
  const { outcome, ...committed } = await adjustPoints(
    tx,
    {
      ...{ ...recovered, now, allowNegative: false, cause: causeOf(adjustmentId) },
      lot: { lotId: '' },
    },
    () => adjusted(recovered),
  );
  // Recorded before: the same refund again, or one that recovered another number of points.
  if (outcome.kind === 'refused' || committed.domainEvents.length === 0) return nothing;
  await lessCarried(tx, refunded, points);
  return committed;
};

type Lost = Readonly<{ points: number; carriedTo: string }>;

/** What a refund wrote off, of an order whose terms take points back from the balance. */
const readLost = async (
  tx: Transaction,
  { wallet, orderId, refundId }: WrittenOff,
): Promise<Lost | undefined> => {
  const { tenantId, customerId, program } = wallet;
  const entry = (kind: string, causeId: string) => tx`
    (values (${tenantId}, ${program}, ${kind}, ${causeId})) as wanted (tenant_id, program, kind, cause_id)
    cross join lateral (${recordedEntry(tx)})`;
  const [row] = await tx<Lost[]>`
    select lost.points, carried_to
    from (select recorded.* from ${entry('ADJUST', `REVERSE ${refundId} written-off`)} recorded) lost
    cross join (select recorded.* from ${entry('EARN', orderId)} recorded) earned
    join earning_rules rule on rule.tenant_id = earned.tenant_id and rule.program = earned.program
      and rule.version = earned.rule_version
    join carried_accounts carried on carried.tenant_id = lost.tenant_id and account_id = lost.customer_id
    where lost.customer_id = ${customerId} and terms ->> 'refundPolicy' = 'within-balance'`;
  return row;
};
