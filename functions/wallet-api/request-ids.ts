import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { derivedId } from '#shared/eventing/derived-id.ts';

type Asking = Readonly<{ wallet: WalletKey; subject: string; key: string }>;

/** What a caller asks of a wallet under a key has one id, so that it is found when it is asked again after a crash. */
export const requestId = (
  what: 'redemption' | 'transfer' | 'adjustment',
  { wallet: { tenantId, customerId, program }, subject, key }: Asking,
): string => derivedId(what, tenantId, customerId, program, subject, key);

/** Names a request to this function in the ledger. */
export const causeOf = (id: string): string => `/guerdon/wallet-api ${id}`;
