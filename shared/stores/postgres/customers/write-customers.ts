import type { AssignedCustomer } from '#shared/domain/matching/clusters/assign-customers.ts';
import type { CustomerChange } from '#shared/domain/matching/customer-change.ts';
import { describeCustomer, nameAndPhone } from '#shared/domain/matching/describe-customer.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { personKeysIn } from '../privacy/person-keys.ts';
import { type CustomerOptions, customerField, customerPerson } from './customer-record.ts';
import type { MemberRecord } from './links/load-component.ts';
import { type KnownDetails, loadDetails } from './records/load-details.ts';

/** A customer as it is stored. */
export type StoredCustomer = Readonly<{
  customerId: number;
  foundingRecord: number;
  mergedInto: number | null;
  version: number;
  dataSources: readonly string[];
}>;

type Assigned = AssignedCustomer & Readonly<{ customerId: number }>;

type Context = Readonly<{
  tenantId: string;
  members: ReadonlyMap<number, MemberRecord>;
  changedNos: ReadonlySet<number>;
  known: KnownDetails;
  stored: readonly StoredCustomer[];
  assigned: readonly AssignedCustomer[];
}>;

type Changed = Readonly<{
  /** With the ids of new customers. */
  assigned: readonly Assigned[];
  changes: readonly CustomerChange[];
  rows: readonly CustomerRow[];
}>;

/** The customers that are new or other than before, with ids and with their details encrypted. */
export const changeCustomers = async (
  tx: Transaction,
  options: CustomerOptions,
  context: Context,
): Promise<Changed> => {
  const assigned = await withIds(tx, context.assigned);
  const states = statesOf(assigned, context);
  const changes = states.map(({ isNew, state, before, records }): CustomerChange => {
    const { customerId, version, mergedInto } = state;
    return {
      kind: kindOf(isNew, mergedInto, before?.mergedInto ?? null),
      ...{ tenantId: context.tenantId, customerId, version },
      records: records.map(({ source, recordId }) => ({ source, recordId })),
      otherId: mergedInto ?? before?.mergedInto ?? undefined,
    };
  });
  return { assigned, changes, rows: await rowsFor(tx, options, { context, states }) };
};

const kindOf = (
  isNew: boolean,
  mergedInto: number | null,
  before: number | null,
): CustomerChange['kind'] => {
  if (isNew) return 'created';
  if (mergedInto !== null) return 'merged';
  return before === null ? 'updated' : 'split';
};

const withIds = async (
  tx: Transaction,
  assigned: readonly AssignedCustomer[],
): Promise<readonly Assigned[]> => {
  const count = assigned.filter(({ customerId }) => customerId === undefined).length;
  const ids =
    count === 0
      ? []
      : await tx<{ customerId: number }[]>`
        select nextval('customers_customer_id_seq') as customer_id from generate_series(1, ${count})`;
  const fresh = ids.values();
  return assigned.map((customer) => ({
    ...customer,
    customerId: customer.customerId ?? fresh.next().value?.customerId ?? 0,
  }));
};

/** A customer that changes, and what it was before. */
type ChangedCustomer = Readonly<{
  isNew: boolean;
  before: StoredCustomer | undefined;
  state: StoredCustomer;
  records: readonly MemberRecord[];
}>;

const statesOf = (assigned: readonly Assigned[], context: Context): readonly ChangedCustomer[] => {
  const before = new Map(context.stored.map((customer) => [customer.customerId, customer]));
  const recordsBefore = Map.groupBy(context.members.values(), ({ customerId }) => customerId);
  const wanted = [...wantedStates(assigned, before)];
  const known = new Set(wanted.map(({ customerId }) => customerId));
  // The founding record was deleted: what is left is a customer of its own.
  const unfounded = context.stored.filter(({ customerId }) => !known.has(customerId));
  const all = [...wanted, ...unfounded.map((own) => ({ ...own, recordNos: [] }))];
  return all.flatMap(({ customerId, foundingRecord, mergedInto, recordNos }) => {
    const own = before.get(customerId);
    const had = new Set(recordsBefore.get(customerId)?.map(({ recordNo }) => recordNo));
    const isSame =
      own?.mergedInto === mergedInto &&
      had.size === recordNos.length &&
      recordNos.every((recordNo) => had.has(recordNo) && !context.changedNos.has(recordNo));
    if (isSame) return [];
    const records = recordNos.flatMap((recordNo) => context.members.get(recordNo) ?? []);
    const dataSources = [...new Set(records.map(({ source }) => source))].toSorted();
    const version = (own?.version ?? 0) + 1;
    const state = { customerId, foundingRecord, mergedInto, version, dataSources };
    return [{ isNew: own === undefined, before: own, state, records }];
  });
};

type WantedState = Pick<StoredCustomer, 'customerId' | 'foundingRecord' | 'mergedInto'> &
  Readonly<{ recordNos: readonly number[] }>;

/** The customers to write: those of clusters, and those that are merged into them. */
function* wantedStates(
  assigned: readonly Assigned[],
  before: ReadonlyMap<number, StoredCustomer>,
): Generator<WantedState> {
  for (const customer of assigned) {
    yield { ...customer, mergedInto: null };
    const merged = customer.merged.flatMap((customerId) => before.get(customerId) ?? []);
    yield* merged.map((own) => ({ ...own, mergedInto: customer.customerId, recordNos: [] }));
  }
}

/** Writes customers in the place of what they were. */
export const writeCustomers = async (
  tx: Transaction,
  rows: readonly CustomerRow[],
): Promise<void> => {
  if (rows.length === 0) return;
  const columns = {
    customerId: 'bigint',
    tenantId: 'text',
    foundingRecord: 'bigint',
    mergedInto: 'bigint',
    details: 'text',
    namePhone: 'text',
    dataSources: 'text',
    version: 'bigint',
    firstSeen: 'timestamptz',
    lastUpdated: 'timestamptz',
  } as const;
  await tx`
    insert into customers as own (customer_id, tenant_id, founding_record, merged_into, details, name_phone,
      data_sources, version, first_seen, last_updated)
    overriding system value
    select customer_id, tenant_id, founding_record, merged_into, details, decode(name_phone, 'hex'),
      data_sources::text[], version, coalesce(first_seen, now()), coalesce(last_updated, now())
    from ${rowsOf(tx, { changed: rows }, columns)} order by customer_id
    on conflict (customer_id) do update set merged_into = excluded.merged_into, details = excluded.details,
      name_phone = excluded.name_phone, data_sources = excluded.data_sources, version = excluded.version,
      first_seen = least(own.first_seen, excluded.first_seen),
      last_updated = greatest(own.last_updated, excluded.last_updated)`;
};

type CustomerRow = Omit<StoredCustomer, 'dataSources'> &
  Readonly<{
    tenantId: string;
    dataSources: string;
    details: string | undefined;
    namePhone: string | undefined;
    firstSeen: Date | undefined;
    lastUpdated: Date | undefined;
  }>;

/** Rows of customers, with what is known of each encrypted. */
const rowsFor = async (
  tx: Transaction,
  options: CustomerOptions,
  { context, states }: Readonly<{ context: Context; states: readonly ChangedCustomer[] }>,
): Promise<readonly CustomerRow[]> => {
  const { masterKeys, nameAndPhoneHash } = options;
  const { tenantId, known } = context;
  const recordNos = states.flatMap(({ records }) => records.map(({ recordNo }) => recordNo));
  await loadDetails(tx, { ...options, tenantId }, { recordNos, known });
  const persons = states.map(({ state }) => customerPerson(tenantId, state.customerId));
  const ciphers = await personKeysIn(tx, masterKeys).toEncrypt(persons);
  return states.map(({ state, records }, index) => {
    const details = records.flatMap(({ recordNo }) => {
      const own = known.get(recordNo);
      return own ? [{ ...own.details, recordName: recordName(own), changedAt: own.changedAt }] : [];
    });
    const times = details.map(({ changedAt }) => changedAt.getTime());
    const named = nameAndPhone(details);
    const text = details.length === 0 ? undefined : JSON.stringify(describeCustomer(details));
    return {
      ...{ ...state, tenantId },
      dataSources: `{${state.dataSources.join(',')}}`,
      details: text === undefined ? undefined : ciphers[index]?.encrypt(customerField, text),
      namePhone: named === undefined ? undefined : nameAndPhoneHash(tenantId, named),
      firstSeen: times.length === 0 ? undefined : new Date(Math.min(...times)),
      lastUpdated: times.length === 0 ? undefined : new Date(Math.max(...times)),
    };
  });
};
