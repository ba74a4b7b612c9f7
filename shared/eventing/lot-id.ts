import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { derivedId } from './derived-id.ts';

/**
 * The lot of a wallet's points that lapse together and become usable together: one, whoever asks
 * with the same dates. `usable` says since when or by what pending points can be used.
 */
export const lotIdOf = (
  { tenantId, customerId, program }: WalletKey,
  expiresAt: Date | undefined,
  usable?: string,
): string => {
  if (expiresAt === undefined && usable === undefined) return everlastingLotId;
  const lapses = expiresAt?.toISOString() ?? 'never';
  return derivedId('lot', tenantId, customerId, program, lapses, usable ?? 'now');
};
