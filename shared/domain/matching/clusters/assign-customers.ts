import type { Source } from '../profile.ts';

/** A customer and the record that names it. */
export type NamedCustomer = Readonly<{ customerId: number; foundingRecord: number }>;

type ClusteredRecord = Readonly<{ recordNo: number; source: Source }>;

/** A customer as a cluster makes it. */
export type AssignedCustomer = Readonly<{
  /** Undefined for a new customer. */
  customerId: number | undefined;
  foundingRecord: number;
  /** Ascending; none while only one source has records of the customer. */
  recordNos: readonly number[];
  /** Younger customers whose founding records are in the same cluster. */
  merged: readonly number[];
}>;

/**
 * The customers that clusters of records are. A cluster is the oldest customer of whose founding
 * records it has one; the others are merged into it, and each is itself again as soon as its
 * founding record is in another cluster. A cluster with records of both sources and no founding
 * record is a new customer, founded by its least record. A customer whose cluster has records of
 * one source only keeps its id and has no records.
 */
export const assignCustomers = (
  clusters: readonly (readonly ClusteredRecord[])[],
  customers: readonly NamedCustomer[],
): readonly AssignedCustomer[] => {
  const founded = new Map(customers.map((customer) => [customer.foundingRecord, customer]));
  return clusters.flatMap((cluster): readonly AssignedCustomer[] => {
    const all = cluster.map(({ recordNo }) => recordNo).toSorted((a, b) => a - b);
    const recordNos = new Set(cluster.map(({ source }) => source)).size > 1 ? all : [];
    const [oldest, ...merged] = all
      .flatMap((recordNo) => founded.get(recordNo) ?? [])
      .toSorted((a, b) => a.customerId - b.customerId);
    if (oldest)
      return [{ ...oldest, recordNos, merged: merged.map(({ customerId }) => customerId) }];
    const [least] = recordNos;
    if (least === undefined) return [];
    return [{ customerId: undefined, foundingRecord: least, recordNos, merged: [] }];
  });
};
