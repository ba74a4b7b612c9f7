import { z } from 'zod';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { instant } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { customerPath, walletPath, walletsUrl } from './parameters.ts';
import { findProgram, findTenant, programProblems, type TenantProgram } from './refuse.ts';
import { emptyHoldings, noBasis, showWallet, tierNow, walletAnswer } from './wallet-document.ts';

type Access = Pick<Dependencies, 'tenants' | 'reader' | 'readBalance' | 'clock'>;

/**
 * GET …/wallets/{program}: what a customer has now, mostly from the cache, or had at an instant,
 * from the ledger.
 */
export const getWallet = (dependencies: Access) =>
  defineRoute({
    method: 'GET',
    path: `${walletsUrl}/{program}`,
    id: 'getWallet',
    summary: 'Get a wallet, now or at a time in the past',
    scope: 'wallet:read',
    params: walletPath,
    query: z.object({
      at: instant.optional().describe('Balance at this time, to the millisecond. Defaults to now'),
    }),
    response: walletAnswer,
    problems: { ...programProblems, 410: 'Entries of that time have been archived' },
    handle: async ({ params, query: { at } }) => {
      const of = await findProgram(dependencies, params);
      return at === undefined
        ? walletNow(dependencies, of, params)
        : walletAt(dependencies, of, { ...params, at });
    },
  });

const walletNow = async (
  { reader, readBalance, clock }: Access,
  of: TenantProgram,
  wallet: WalletKey,
) => {
  const asOf = clock();
  const hasTiers = of.program.ladders.length > 0;
  const [{ balance, source }, basis] = await Promise.all([
    readBalance(wallet),
    hasTiers ? reader.tierBasis(wallet) : noBasis,
  ]);
  const tier = tierNow(of, basis, asOf);
  return showWallet({ of, holdings: balance ?? emptyHoldings, source, asOf, tier });
};

const walletAt = async (
  { reader, clock }: Access,
  of: TenantProgram,
  { at, ...wallet }: WalletKey & Readonly<{ at: Date }>,
) => {
  if (at > clock()) {
    const detail = `query parameter at: ${at.toISOString()} is in the future`;
    throw new HttpProblem(400, 'invalid-request', detail);
  }
  const past = await reader.balanceAt(wallet, at);
  return showWallet({ of, holdings: { ...past, version: null }, source: 'ledger', asOf: at });
};

/** GET …/wallets: what a customer has in every program of the tenant, straight from Postgres. */
export const listWallets = (dependencies: Pick<Dependencies, 'tenants' | 'reader' | 'clock'>) =>
  defineRoute({
    method: 'GET',
    path: walletsUrl,
    id: 'listWallets',
    summary: "List a customer's wallets",
    scope: 'wallet:read',
    params: customerPath,
    query: z.object({}),
    response: z.object({ wallets: z.array(walletAnswer) }).meta({ id: 'Wallets' }),
    problems: { 404: 'The tenant does not exist' },
    handle: async ({ params }) => {
      const { reader, clock } = dependencies;
      const tenant = await findTenant(dependencies, params);
      const wallets = await reader.wallets(params);
      const walletOf = new Map(wallets.map((wallet) => [wallet.balance.program, wallet]));
      const now = clock();
      return {
        wallets: tenant.programs.map((program) => {
          const of = { tenant, program };
          const wallet = walletOf.get(program.program);
          const tier = tierNow(of, wallet ?? noBasis, now);
          const holdings = wallet?.balance ?? emptyHoldings;
          return showWallet({ of, holdings, source: 'ledger', asOf: now, tier });
        }),
      };
    },
  });
