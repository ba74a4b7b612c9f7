import type { Earning } from '#shared/domain/earning/program.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { PointsAdjusted, PointsTransferred } from './contracts/points-events.ts';
import { TierChanged } from './contracts/tiers.ts';
import { type DomainEvent, derivedId, domainEventOf, lotIdOf } from './domain-event.ts';

type Carried = Readonly<{
  transferId: string;
  from: WalletKey;
  to: string;
  points: number;
  reference: string;
}>;

type CarriedTier = WalletKey &
  Readonly<{ from: string | undefined; to: string | undefined; since: Date }>;

const oneCustomer = 'accounts of one customer';

/**
 * How points move between the accounts of one customer, in every function: as transfers. Programs
 * with tiers grant them to all of these accounts.
 */
export const carryingAt = (now: Date, earnings: readonly Earning[]) => ({
  now,
  earnings: earnings.filter(({ program }) => program.ladders.length > 0),
  lotIdOf,
  transferIdOf: ({ tenantId, customerId, program }: WalletKey, version: number): string =>
    derivedId('carry', tenantId, customerId, program, String(version)),
  causeOf: (transferId: string): string => `/guerdon/customers ${transferId}`,
  transferred: ({ transferId, from, to, points, reference }: Carried): DomainEvent => {
    const { tenantId, customerId, program } = from;
    return domainEventOf(PointsTransferred, {
      cause: [tenantId, program, transferId],
      partitionKey: customerId,
      time: now,
      data: {
        ...{ tenantId, program, transferId, from: customerId, to, points, reference },
        transferredAt: now.toISOString(),
      },
    });
  },
  tierChanged: ({ from, to, since, ...wallet }: CarriedTier): DomainEvent =>
    domainEventOf(TierChanged, {
      cause: [wallet.tenantId, wallet.program, wallet.customerId, now.toISOString(), to ?? ''],
      partitionKey: wallet.customerId,
      time: now,
      data: {
        ...{ ...wallet, from: from ?? null, to: to ?? null },
        ...{ since: since.toISOString(), cause: oneCustomer },
      },
    }),
});

type Refund = Readonly<{ wallet: WalletKey; refundId: string }>;

type Recovered = Readonly<{
  adjustmentId: string;
  wallet: WalletKey;
  points: number;
  reason: string;
  by: string;
}>;

/** How what a refund wrote off is recovered from the wallet that has the points. */
export const recoveringAt = (now: Date) => ({
  now,
  adjustmentIdOf: ({ wallet: { tenantId, program }, refundId }: Refund): string =>
    derivedId('recover', tenantId, program, refundId),
  causeOf: (id: string): string => `/guerdon/customers ${id}`,
  adjusted: ({ adjustmentId, wallet, points, reason, by }: Recovered): DomainEvent =>
    domainEventOf(PointsAdjusted, {
      cause: [wallet.tenantId, wallet.program, adjustmentId],
      partitionKey: wallet.customerId,
      time: now,
      data: {
        ...{ ...wallet, adjustmentId, points, reason },
        ...{ adjustedBy: by, adjustedAt: now.toISOString() },
      },
    }),
});
