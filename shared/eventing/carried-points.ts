import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { PointsTransferred } from './contracts/points-events.ts';
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
