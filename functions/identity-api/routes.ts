import type { AnyRoute } from '#shared/runtime/http/route.ts';
import { getCustomer, listChanges, listCustomers, listLinks, listRecords } from './customers.ts';
import { decideLink, listReviews, withdrawDecision } from './decisions.ts';
import type { Dependencies } from './dependencies.ts';
import { mergeCustomers, unmergeCustomers } from './merging.ts';
import { eraseCustomer, exportCustomer, getErasure } from './privacy.ts';
import { searchCustomers } from './search-customers.ts';

/** Everything identity-api answers. */
export const routes = (dependencies: Dependencies): readonly AnyRoute[] => [
  listCustomers(dependencies),
  searchCustomers(dependencies),
  getCustomer(dependencies),
  listRecords(dependencies),
  listLinks(dependencies),
  listChanges(dependencies),
  listReviews(dependencies),
  decideLink(dependencies),
  withdrawDecision(dependencies),
  mergeCustomers(dependencies),
  unmergeCustomers(dependencies),
  eraseCustomer(dependencies),
  getErasure(dependencies),
  exportCustomer(dependencies),
];
