import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignCustomers, type NamedCustomer } from './assign-customers.ts';

/** Odd records are of the online shop, even ones of a store. */
const clusterOf = (...recordNos: readonly number[]) =>
  recordNos.map((recordNo) => ({
    recordNo,
    source: recordNo % 2 === 1 ? ('dotnet' as const) : ('store' as const),
  }));
const customer = (customerId: number, foundingRecord: number) => ({ customerId, foundingRecord });

describe('assignCustomers', () => {
  it('founds a customer on the least record of a cluster with both sources', () => {
    expect(assignCustomers([clusterOf(4, 3, 6), clusterOf(1, 5), clusterOf(2)], [])).toEqual([
      { customerId: undefined, foundingRecord: 3, recordNos: [3, 4, 6], merged: [] },
    ]);
  });

  it('merges younger customers into the oldest, and gives each its cluster back', () => {
    const customers = [customer(7, 3), customer(2, 5)];
    expect(assignCustomers([clusterOf(3, 4, 5, 6)], customers)).toEqual([
      { customerId: 2, foundingRecord: 5, recordNos: [3, 4, 5, 6], merged: [7] },
    ]);
    expect(assignCustomers([clusterOf(3, 4), clusterOf(5, 6)], customers)).toEqual([
      { customerId: 7, foundingRecord: 3, recordNos: [3, 4], merged: [] },
      { customerId: 2, foundingRecord: 5, recordNos: [5, 6], merged: [] },
    ]);
  });

  it('keeps a customer without records while only one source has some', () => {
    expect(assignCustomers([clusterOf(3), clusterOf(4)], [customer(7, 3)])).toEqual([
      { customerId: 7, foundingRecord: 3, recordNos: [], merged: [] },
    ]);
  });

  it('assigns the same ids to the same clusters, whatever they were in between', () => {
    const clustering = fc
      .array(fc.nat({ max: 4 }), { minLength: 12, maxLength: 12 })
      .map((groups) =>
        Array.from({ length: 5 }, (_, group) =>
          clusterOf(...groups.flatMap((own, index) => (own === group ? [index + 1] : []))),
        ).filter(({ length }) => length > 0),
      );
    fc.assert(
      fc.property(fc.array(clustering, { minLength: 1, maxLength: 8 }), (clusterings) => {
        let customers: readonly NamedCustomer[] = [];
        const apply = (clusters: (typeof clusterings)[number]) => {
          const assigned = assignCustomers(clusters, customers);
          const created = assigned
            .filter(({ customerId }) => customerId === undefined)
            .map(({ foundingRecord }, index) =>
              customer(customers.length + 1 + index, foundingRecord),
            );
          customers = [...customers, ...created];
        };
        for (const clusters of clusterings) apply(clusters);
        const last = clusterings.at(-1) ?? [];
        const before = assignCustomers(last, customers);
        // Every customer has one place, and no cluster with both sources is without one.
        const named = before.flatMap(({ customerId, merged }) => [customerId, ...merged]);
        expect(named.toSorted()).toEqual(customers.map(({ customerId }) => customerId).toSorted());
        // Merging everything and taking it apart again restores exactly what was. Where no cluster
        // had both sources, the merged one founds a customer, which keeps its id but no records.
        const created = customers.length;
        apply([last.flat()]);
        const after = assignCustomers(last, customers);
        const known = after.filter(({ customerId }) => customerId !== created + 1);
        expect(known).toEqual(before);
        const founded = after.filter(({ customerId }) => customerId === created + 1);
        expect(founded.flatMap(({ recordNos }) => recordNos)).toEqual([]);
      }),
    );
  });
});
