import {
  type AssignedCustomer,
  assignCustomers as assignClusters,
} from '#shared/domain/matching/clusters/assign-customers.ts';
import {
  clusterComponent,
  scoredRecordsMax,
} from '#shared/domain/matching/clusters/cluster-component.ts';
import { connectRecords } from '#shared/domain/matching/clusters/connect-records.ts';
import type { CustomerChange } from '#shared/domain/matching/customer-change.ts';
import type { Matching } from '#shared/domain/matching/matching.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import type { AssignTerms, CustomerOptions } from './customer-record.ts';
import {
  loadMembers,
  type MemberPairs,
  type MemberRecord,
  type Members,
  namedPairs,
  readPairs,
  type TouchedRecords,
} from './links/load-component.ts';
import { byIndex } from './records/by-index.ts';
import { type KnownDetails, loadDetails } from './records/load-details.ts';
import { insertRecords } from './records/write-records.ts';
import { changeCustomers, type StoredCustomer, writeCustomers } from './write-customers.ts';

/** What assigning did. The events are in the outbox, to be published after the commit. */
export type Assignment<DomainEvent extends OutboxEvent> = Readonly<{
  changes: readonly CustomerChange[];
  domainEvents: readonly DomainEvent[];
  /** The records whose customers were assigned, by name. */
  matches: ReadonlyMap<string, RecordMatch>;
}>;

/** How a record was matched. */
export type RecordMatch = Readonly<{
  /** It belongs to a person who is in both sources. */
  isCustomer: boolean;
  /** Its source has another record of the same person. */
  isDuplicate: boolean;
}>;

/** Records whose component is to be assigned, and what of it is known. */
type Touched = TouchedRecords &
  Readonly<{
    /** Those of them whose details changed: the details of their customers change with them. */
    changedNos?: ReadonlySet<number>;
    known?: KnownDetails;
  }>;

/**
 * Assigns customers anew to every record that links and decisions connect with some records, under
 * the lock of the tenant (`lockCustomers`), which the caller has taken. The result depends on the
 * records, links and decisions alone; where nothing changed, nothing is written.
 */
export const assignCustomers = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  options: CustomerOptions,
  {
    tenantId,
    matching,
    domainEventOf,
    touched,
  }: AssignTerms<DomainEvent> & Readonly<{ tenantId: string; touched: Touched }>,
): Promise<Assignment<DomainEvent>> => {
  const { recordNos, changedNos = new Set<number>(), fresh = [] } = touched;
  if (recordNos.length === 0) return { changes: [], domainEvents: [], matches: new Map() };
  const { known = new Map() as KnownDetails } = touched;
  const scope = { ...options, tenantId };
  const members = await loadMembers(tx, tenantId, touched);
  const [pairs, stored] = await Promise.all([
    readPairs(tx, members),
    readCustomers(tx, tenantId, members),
    loadDetails(tx, scope, { recordNos: likelyScored(members), known }),
  ]);
  const components = connectRecords(members.keys(), [
    ...pairs.links,
    ...pairs.decisions.filter(({ decided }) => decided === 'same'),
  ]);
  const scored = components.filter(({ length }) => length > 1 && length <= scoredRecordsMax);
  await loadDetails(tx, scope, { recordNos: scored.flat(), known });
  const clusters = clustersOf(components, { members, pairs, known, matching });
  const changed = await changeCustomers(tx, options, {
    ...{ tenantId, members, changedNos, known, stored },
    assigned: assignClusters(clusters, stored),
  });
  const customers = customersOf(changed.assigned);
  const places = { components: componentsOf(components), customers };
  const domainEvents = changed.changes.map(domainEventOf);
  // Sent together, in this order: records refer to customers.
  await Promise.all([
    writeCustomers(tx, changed.rows),
    moveRecords(tx, members, places),
    insertRecords(
      tx,
      fresh.map((written) => ({ written, ...placeOf(written, places) })),
    ),
    addToOutbox(tx, domainEvents),
  ]);
  return { changes: changed.changes, domainEvents, matches: matchesOf(clusters, customers) };
};

/** Records whose component was one that is scored pair by pair, as it mostly still is. */
const likelyScored = (members: Members): readonly number[] => {
  const components = Map.groupBy(members.values(), ({ component }) => component);
  return Array.from(components)
    .filter(([component, own]) => component !== undefined && own.length <= scoredRecordsMax)
    .flatMap(([, own]) => own.map(({ recordNo }) => recordNo));
};

const matchesOf = (
  clusters: readonly (readonly MemberRecord[])[],
  customers: ReadonlyMap<number, number>,
): Assignment<OutboxEvent>['matches'] =>
  new Map(
    clusters.flatMap((cluster) => {
      const sources = Map.groupBy(cluster, ({ source }) => source);
      return cluster.map(({ name, recordNo, source }): [string, RecordMatch] => [
        name,
        {
          isCustomer: customers.has(recordNo),
          isDuplicate: (sources.get(source)?.length ?? 0) > 1,
        },
      ]);
    }),
  );

type Context = Readonly<{
  members: Members;
  pairs: MemberPairs;
  matching: Matching;
  known: KnownDetails;
}>;

/** The clusters of every component. */
const clustersOf = (
  components: readonly (readonly number[])[],
  { members, pairs, known, matching }: Context,
): readonly (readonly MemberRecord[])[] => {
  const places = componentsOf(components);
  const [links, decisions] = [
    Map.groupBy(pairs.links, ({ a }) => places.get(a)),
    // Those between two components keep them apart anyway.
    Map.groupBy(pairs.decisions, ({ a }) => places.get(a)),
  ];
  return components.flatMap((component) => {
    const own = component.flatMap((recordNo) => members.get(recordNo) ?? []);
    const byName = new Map(own.map((member) => [member.name, member]));
    const profiles = own.flatMap(({ name, recordNo }) => {
      const profile = known.get(recordNo)?.details.profile;
      return profile ? [[name, profile] as const] : [];
    });
    const within = component[0];
    const clusters = clusterComponent(
      {
        records: [...byName.keys()],
        profiles: new Map(profiles),
        links: namedPairs(links.get(within) ?? [], members),
        decisions: namedPairs(decisions.get(within) ?? [], members),
      },
      matching,
    );
    return clusters.map((cluster) => cluster.flatMap((name) => byName.get(name) ?? []));
  });
};

/** Customers that the records found, and those that they were assigned to. */
const readCustomers = (
  tx: Transaction,
  tenantId: string,
  members: Members,
): Promise<readonly StoredCustomer[]> => {
  const customerIds = [...members.values()].flatMap(({ customerId }) => customerId ?? []);
  return tx<StoredCustomer[]>`
    select own.customer_id, founding_record, merged_into, version, data_sources from (
      select customer_id as of from unnest(${customerIds}::bigint[]) as assigned (customer_id)
      union select own.customer_id from unnest(${[...members.keys()]}::bigint[]) as member (record_no)
        cross join lateral (
          select customer_id from customers where founding_record = member.record_no ${byIndex(tx)}) own) named
    cross join lateral (
      select * from customers where customer_id = named.of ${byIndex(tx)}) own
    where tenant_id = ${tenantId}`;
};

const componentsOf = (components: readonly (readonly number[])[]): ReadonlyMap<number, number> =>
  new Map(
    components.flatMap((component) =>
      component.map((recordNo) => [recordNo, component[0] ?? recordNo] as const),
    ),
  );

const customersOf = (
  assigned: readonly (AssignedCustomer & Readonly<{ customerId: number }>)[],
): ReadonlyMap<number, number> =>
  new Map(
    assigned.flatMap(({ customerId, recordNos }) =>
      recordNos.map((recordNo) => [recordNo, customerId] as const),
    ),
  );

/** The component and the customer of records by number. */
type Places = Readonly<Record<'components' | 'customers', ReadonlyMap<number, number>>>;

const placeOf = (
  { recordNo }: Readonly<{ recordNo: number }>,
  { components, customers }: Places,
) => ({
  component: components.get(recordNo) ?? recordNo,
  customerId: customers.get(recordNo) ?? null,
});

/** Writes the component and the customer of stored records where they are others than before. */
const moveRecords = async (tx: Transaction, members: Members, places: Places): Promise<void> => {
  const moved = [...members.values()].flatMap((member) => {
    const { recordNo } = member;
    const place = placeOf(member, places);
    const isSame = place.component === member.component && place.customerId === member.customerId;
    return member.component === undefined || isSame ? [] : [{ recordNo, ...place }];
  });
  if (moved.length === 0) return;
  const columns = { recordNo: 'bigint', component: 'bigint', customerId: 'bigint' } as const;
  await tx`
    update customer_records own set component = moved.component, customer_id = moved.customer_id
    from ${rowsOf(tx, { moved }, columns)} where own.record_no = moved.record_no`;
};
