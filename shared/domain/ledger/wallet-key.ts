import type { Balance } from './balance.ts';

/** What names a wallet. */
export type WalletKey = Pick<Balance, 'tenantId' | 'customerId' | 'program'>;
