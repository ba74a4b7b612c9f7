import { setImmediate as nextTurn } from 'node:timers/promises';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { CustomerChange } from '#shared/domain/matching/customer-change.ts';
import type { Matching } from '#shared/domain/matching/matching.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import { slices } from '#shared/domain/slices.ts';
import { correlationOf } from '#shared/eventing/cloud-event.ts';
import {
  type CustomerRecordData,
  DotnetRecordChanged,
  StoreRecordChanged,
} from '#shared/eventing/contracts/customer-records.ts';
import { customerEvent } from '#shared/eventing/customer-event.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { PhoneRegion } from '#shared/matching/phone-regions.ts';
import type { CustomerHashes } from '#shared/runtime/customer-hashes.ts';
import {
  type Delivery,
  type EventHandler,
  instantOf,
  isAccepted,
  type Outcome,
  onBatch,
  outcomesOf,
} from '#shared/runtime/events/event-handler.ts';
import { createMicroBatch } from '#shared/runtime/events/micro-batch.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { CustomerRecord } from '#shared/stores/postgres/customers/customer-record.ts';
import type {
  RecordCustomers,
  RecordedCustomers,
  RecordOutcome,
} from '#shared/stores/postgres/customers/record-customers.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import {
  customersTotal,
  matchedTotal,
  matchSeconds,
  oversizedBlocksTotal,
  pairsTotal,
  recordsTotal,
} from './metrics.ts';
import { ownRecords, type Shard } from './own-records.ts';
import { readRecord } from './read-record.ts';

type Dependencies = Readonly<{
  customers: RecordCustomers<DomainEvent>;
  hashes: CustomerHashes;
  /** The region of phones without a country code. */
  region: PhoneRegion;
  /** Records of which phones are matched here; of all where it is left out. */
  shard?: Shard | undefined;
  /** What a tenant's records are scored by. */
  matchingOf: (tenantId: string) => Promise<Matching>;
  tenants: Pick<TenantStore, 'find'>;
  outbox: Outbox;
  clock: Clock;
  batchItemsMax: Readonly<Record<Source, number>>;
  /** Batches of both sources that one transaction commits. */
  commitBatchesMax: number;
}>;

/**
 * Matches records of customers from both sources: a customer exists once records of both agree.
 * However often, late, in which order and at how many pods records are delivered, the customers in
 * the end have the same records. What is stored of a person is encrypted, and of a card only a
 * keyed hash and four digits leave this function.
 */
export const matchCustomers = (dependencies: Dependencies): readonly EventHandler[] => {
  const { outbox, batchItemsMax, commitBatchesMax, shard } = dependencies;
  const { add: commit } = createMicroBatch({
    itemsMax: commitBatchesMax,
    // One commits while the next one is encrypted: commits of a tenant wait for each other.
    flushesMax: 2,
    waitingMax: 1_000,
    flush: (batches: readonly (readonly AcceptedRecord[])[]) =>
      commitTogether(dependencies, batches),
  });
  const handlerOf = (contract: typeof DotnetRecordChanged, source: Source): EventHandler => {
    const itemsMax = batchItemsMax[source];
    const options = { itemsMax, published: outbox.remove, unpublished: outbox.keep };
    return onBatch(contract, options, async (records, committed) => {
      const results = await acceptRecords(dependencies, { source, records });
      // The next batch is accepted while this one waits for the lock of its tenant.
      committed?.();
      const accepted = results.filter(isAccepted);
      const own = shard ? await ownRecords(accepted, shard) : accepted;
      const domainEvents = own.length === 0 ? [] : await commit(own);
      return outcomesOf(
        results,
        // All of them are in the outbox: it does not matter with which record they are published.
        accepted.map((_record, index) => outcomeOf(index === 0 ? domainEvents : [])),
      );
    });
  };
  return [handlerOf(DotnetRecordChanged, 'dotnet'), handlerOf(StoreRecordChanged, 'store')];
};

const outcomeOf = (domainEvents: readonly DomainEvent[]): Outcome => ({
  kind: 'done',
  domainEvents,
});

/** A delivery that is accepted, folded and hashed. */
type AcceptedRecord = Readonly<{ delivery: Delivery<CustomerRecordData>; record: CustomerRecord }>;

/** Records of a batch that are accepted in one turn of the event loop. */
const recordsPerTurn = 50;

/** Some at a time, so that a batch that is being committed goes on between them. */
const acceptRecords = async (
  dependencies: Dependencies,
  {
    source,
    records,
  }: Readonly<{ source: Source; records: readonly Delivery<CustomerRecordData>[] }>,
): Promise<readonly (AcceptedRecord | InvalidEvent)[]> => {
  const results: (AcceptedRecord | InvalidEvent)[] = [];
  for (const some of slices(records, recordsPerTurn)) {
    if (results.length > 0) await nextTurn();
    const accepting = some.map((delivery) => acceptRecord(dependencies, { source, delivery }));
    results.push(...(await Promise.all(accepting)));
  }
  return results;
};

const acceptRecord = async (
  { tenants, clock, hashes, region }: Dependencies,
  { source, delivery }: Readonly<{ source: Source; delivery: Delivery<CustomerRecordData> }>,
): Promise<AcceptedRecord | InvalidEvent> => {
  const { data } = delivery;
  const tenant = await tenants.find(data.tenantId);
  if (tenant === undefined)
    return new InvalidEvent('unknown-tenant', `Tenant ${data.tenantId} does not exist`);
  const changedAt = instantOf(data.changedAt, delivery, clock());
  if (changedAt instanceof InvalidEvent) return changedAt;
  return { delivery, record: readRecord({ source, data, changedAt }, { hashes, region }) };
};

/** Commits batches, tenant by tenant; the first batch publishes the events of all. */
const commitTogether = async (
  dependencies: Dependencies,
  batches: readonly (readonly AcceptedRecord[])[],
): Promise<readonly (readonly DomainEvent[])[]> => {
  const tenants = Map.groupBy(batches.flat(), ({ record }) => record.tenantId);
  const domainEvents: DomainEvent[] = [];
  for (const [tenantId, accepted] of tenants)
    domainEvents.push(...(await commitTenant(dependencies, tenantId, accepted)));
  return batches.map((_batch, index) => (index === 0 ? domainEvents : []));
};

const commitTenant = async (
  { customers, matchingOf, clock }: Dependencies,
  tenantId: string,
  accepted: readonly AcceptedRecord[],
): Promise<readonly DomainEvent[]> => {
  const matching = await matchingOf(tenantId);
  const deliveries = new Map(
    accepted.map(({ delivery, record }) => [recordName(record), delivery]),
  );
  const [first] = deliveries.values();
  const domainEventOf = (change: CustomerChange): DomainEvent => {
    const cause = change.records.find((record) => deliveries.has(recordName(record)));
    const delivery = (cause && deliveries.get(recordName(cause))) ?? first;
    return {
      ...customerEvent(change, clock()),
      ...(delivery === undefined ? {} : correlationOf(delivery.event)),
    };
  };
  const records = accepted.map(({ record }) => record);
  const recorded = await customers.record(tenantId, records, { matching, domainEventOf });
  observe(accepted, recorded, clock());
  return recorded.domainEvents;
};

const observe = (
  accepted: readonly AcceptedRecord[],
  { outcomes, changes, pairs, oversizedBlocks }: RecordedCustomers<DomainEvent>,
  now: Date,
): void => {
  for (const { delivery, record } of accepted) {
    observeOutcome(record.source, outcomes.get(recordName(record)));
    const { source } = record;
    const at = Date.parse(delivery.event.time ?? '');
    if (at <= now.getTime()) matchSeconds.observe({ source }, (now.getTime() - at) / 1000);
  }
  for (const { kind } of changes) customersTotal.inc({ kind });
  pairsTotal.inc(pairs);
  oversizedBlocksTotal.inc(oversizedBlocks);
};

const observeOutcome = (source: Source, outcome: RecordOutcome | undefined): void => {
  recordsTotal.inc({ source, outcome: outcome?.kind ?? 'known' });
  if (outcome?.isCustomer) matchedTotal.inc({ source, match: 'customer' });
  if (outcome?.isDuplicate) matchedTotal.inc({ source, match: 'duplicate' });
};
