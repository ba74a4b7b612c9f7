import { z } from 'zod';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { findTenant } from './find-program.ts';
import { customerPath, walletsUrl } from './parameters.ts';
import { emptyHoldings, showWallet, tierNow, walletAnswer } from './wallet-answer.ts';

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
          const tier = tierNow(of, wallet?.earning, now);
          const holdings = wallet?.balance ?? emptyHoldings;
          return showWallet({ of, holdings, source: 'ledger', asOf: now, tier });
        }),
      };
    },
  });
