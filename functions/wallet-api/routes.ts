import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { adjustPoints } from './adjust-points.ts';
import { commitRedemption } from './commit-redemption.ts';
import type { Dependencies } from './dependencies.ts';
import { getRedemption } from './get-redemption.ts';
import { getStatement } from './get-statement.ts';
import { getWallet } from './get-wallet.ts';
import { listLots } from './list-lots.ts';
import { listWallets } from './list-wallets.ts';
import { reservePoints } from './reserve-points.ts';
import { transferPoints } from './transfer-points.ts';
import { voidRedemption } from './void-redemption.ts';

/** Everything wallet-api answers. */
export const routes = (dependencies: Dependencies): readonly AnyRoute[] => [
  listWallets(dependencies),
  getWallet(dependencies),
  getStatement(dependencies),
  listLots(dependencies),
  reservePoints(dependencies),
  getRedemption(dependencies),
  commitRedemption(dependencies),
  voidRedemption(dependencies),
  transferPoints(dependencies),
  adjustPoints(dependencies),
];
