import type { WalletRefusal } from '#shared/domain/wallets/wallet-refusal.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';

/** Those that would be refused another time as well, by status; every other refusal is a conflict with the present state. */
const statuses: Readonly<Partial<Record<WalletRefusal['reason'], number>>> = {
  'self-transfer': 400,
  'redemption-not-found': 404,
  'key-reused': 422,
};

/** Tells a caller why a wallet stays as it is. */
export const refuse = ({ reason, detail }: WalletRefusal): HttpProblem =>
  new HttpProblem(statuses[reason] ?? 409, reason, detail);
