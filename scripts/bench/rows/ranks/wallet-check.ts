import { VoidRound } from '../../core/rounds.ts';
import { requestedCustomers, walletPathOf } from '../../load/wallet-requests.ts';
import { customerIdOf, numberOf } from './rank-customers.ts';
import type { WalletWorld } from './wallet-world.ts';

/** How many customers are checked, chosen as readers choose them. */
const sample = { seed: 0, requests: 100 };

type Server = Readonly<{ port: number; token: string }>;

/** A wallet as wallet-api shows it, or a balance as Redis has it. */
type Answer = Readonly<{ points: number | string; source?: 'cache' | 'ledger' }>;

/**
 * Checks that answers are what customers have, and came from the cache.
 * @throws VoidRound when one is wrong.
 */
export const requireBalances = async (
  { port, token }: Server,
  { points }: Pick<WalletWorld, 'points'>,
): Promise<void> => {
  for (const customer of requestedCustomers({ ...sample, customers: points.length })) {
    const response = await fetch(`http://127.0.0.1:${port}${walletPathOf(customer)}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const answer = (await response.json()) as Answer;
    const isRight = Number(answer.points) === points[customer] && answer.source !== 'ledger';
    if (!isRight) throw new VoidRound(`${customerIdOf(customer)} has ${JSON.stringify(answer)}`);
  }
};

/**
 * A server that accepts anything would be fast for the wrong reason.
 * @throws VoidRound when it lets a customer overspend.
 */
export const requireRefusal = async (
  { port, token }: Server,
  { points: [points = 0] }: Pick<WalletWorld, 'points'>,
): Promise<void> => {
  const { status } = await fetch(`http://127.0.0.1:${port}${walletPathOf(0)}/redemptions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      // A refusal frees its key.
      'idempotency-key': 'too-much',
    },
    body: JSON.stringify({ points: points + 1, commit: true }),
  });
  if (status !== 409)
    throw new VoidRound(`more points than there are were answered with ${status}`);
};

type CheckedWallet = Readonly<{
  customerId: string;
  /** Null for a customer who exists only in the ledger. */
  balance: number | null;
  /** The sum of the ledger; null for a customer without entries. */
  total: number | null;
  redeemed: number;
}>;

/**
 * Compares Postgres with the accepted requests: each balance is the sum of its customer's ledger,
 * has the expected value, and is not below zero; the ledger has the redeemed points of each
 * redemption.
 * @throws VoidRound naming what differs.
 */
export const requireRedeemed = async (
  { sql, points }: Pick<WalletWorld, 'sql' | 'points'>,
  accepted: number,
): Promise<void> => {
  const wallets = await sql<CheckedWallet[]>`
    with ledger as (
      select customer_id, sum(points)::bigint as total,
        (-sum(points) filter (where kind = 'REDEEM'))::bigint as redeemed
      from points_ledger group by customer_id)
    select customer_id, points as balance, total, coalesce(redeemed, 0) as redeemed
    from points_balances full join ledger using (customer_id)`;
  const wrong = wallets.filter((wallet) => !isRight(wallet, points));
  const redeemed = wallets.reduce((sum, wallet) => sum + wallet.redeemed, 0);
  if (wrong.length === 0 && wallets.length === points.length && redeemed === accepted) return;
  const example = JSON.stringify(wrong[0] ?? {});
  throw new VoidRound(
    `${wrong.length} of ${wallets.length} customers differ, ${redeemed} of ${accepted} points were redeemed: ${example}`,
  );
};

const isRight = ({ customerId, balance, total }: CheckedWallet, points: Float64Array): boolean =>
  balance !== null && balance >= 0 && balance === total && balance === points[numberOf(customerId)];
