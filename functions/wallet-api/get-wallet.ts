import { z } from 'zod';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { instant } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { findProgram, programProblems, type TenantProgram } from './find-program.ts';
import { walletPath, walletsUrl } from './parameters.ts';
import { emptyHoldings, showWallet, tierNow, walletAnswer } from './wallet-answer.ts';

type Access = Pick<Dependencies, 'tenants' | 'reader' | 'readBalance' | 'clock'>;

/** GET …/wallets/{program}: what a customer has now, mostly from the cache, or had at an instant, from the ledger. */
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
    problems: programProblems,
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
  const [{ balance, source }, earning] = await Promise.all([
    readBalance(wallet),
    hasTiers ? reader.earning(wallet) : undefined,
  ]);
  const tier = tierNow(of, earning, asOf);
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
