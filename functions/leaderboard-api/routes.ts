import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { board } from './board.ts';
import { boardCustomer } from './board-customer.ts';
import { boardCustomers } from './board-customers.ts';
import { customerInfo } from './customer-info.ts';
import type { Dependencies } from './read-board.ts';
import { topCustomers } from './top-customers.ts';

/** Everything leaderboard-api answers. */
export const routes = (dependencies: Dependencies): readonly AnyRoute[] => [
  topCustomers(dependencies),
  customerInfo(dependencies),
  board(dependencies),
  boardCustomers(dependencies),
  boardCustomer(dependencies),
];
