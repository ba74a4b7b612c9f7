import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { PointsAdjusted, PointsTransferred } from './contracts/points-events.ts';
import { type DomainEvent, derivedId, domainEventOf, lotIdOf } from './domain-event.ts';

type Carried = Readonly<{
  transferId: string;
  from: WalletKey;
  to: string;
  points: number;
  reference: string;
}>;

/** How points move between the accounts of one customer, in every function: as transfers. */
export const carryingAt = (now: Date) => ({
  now,
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
});

type Refund = Readonly<{ account: WalletKey; refundId: string }>;

type Recovered = Readonly<{
  adjustmentId: string;
  wallet: WalletKey;
  points: number;
  reason: string;
  by: string;
}>;

/** How what a refund wrote off is recovered from the account that has the points. */
export const recoveringAt = (now: Date) => ({
  now,
  adjustmentIdOf: ({ account: { tenantId, program }, refundId }: Refund): string =>
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
