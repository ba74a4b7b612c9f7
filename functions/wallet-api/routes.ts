import type { AnyRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { countUnread, listMessages, markRead, markReadThrough } from './inbox.ts';
import { listLots } from './lots.ts';
import { adjustPoints, transferPoints } from './movements.ts';
import {
  addDevice,
  getPushPreferences,
  putPushPreferences,
  removeDevice,
} from './push-settings.ts';
import { commitRedemption, getRedemption, reservePoints, voidRedemption } from './redemptions.ts';
import { getStatement } from './statement.ts';
import { getWallet, listWallets } from './wallets.ts';

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
  listMessages(dependencies),
  countUnread(dependencies),
  markRead(dependencies),
  markReadThrough(dependencies),
  addDevice(dependencies),
  removeDevice(dependencies),
  getPushPreferences(dependencies),
  putPushPreferences(dependencies),
];
