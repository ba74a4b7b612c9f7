import { shape } from '#functions/match-customer/config.ts';
import { matchCustomers } from '#functions/match-customer/handler.ts';
import { dataOf, localCustomerOptions, localKeys } from '#scripts/matching/customer-fixture.ts';
import { streamRecords } from '#scripts/matching/stream-records.ts';
import { defaultModel } from '#shared/domain/matching/models/matching-model.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import {
  type Delivery,
  type EventHandler,
  type Outcome,
  parseData,
} from '#shared/runtime/events/event-handler.ts';
import { createMicroBatch } from '#shared/runtime/events/micro-batch.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { Figure } from '../../core/figure.ts';
import { interleave, type Rounds, type Sample, VoidRound } from '../../core/rounds.ts';
import { type Bench, figuresOf, type RowResult } from '../../core/row.ts';
import { createLatencies } from '../../load/latencies.ts';
import { paced } from '../../load/paced.ts';
import { createStores } from '../pipeline/create-stores.ts';

/** Ten million an hour. */
const ratePerSecond = 2_800;

/**
 * Records through the handlers of match-customer, with their own Postgres: as fast as they are
 * matched, and at a fixed rate. Each stream has records of new people; the round is void unless all
 * of them are stored.
 */
export const measureStream = async (bench: Bench): Promise<RowResult> => {
  const { databaseUrl } = await createStores(bench);
  const sql = connectPostgres({ url: databaseUrl, max: shape.DATABASE_POOL_MAX.parse(undefined) });
  try {
    const people = bench.quick ? 300 : 6_000;
    const variants = {
      fastest: () => play(sql, people, sendAll),
      paced: () => play(sql, people, sendPaced),
    };
    // Lets the code be compiled before it is measured, and fills the indexes.
    await variants.fastest();
    const rounds = await interleave({ variants, rounds: bench.quick ? 1 : 3, log: bench.log });
    return { figures: figures(rounds), voids: rounds.voids };
  } finally {
    await sql.end();
  }
};

type Arriving = Readonly<{ source: Source; delivery: () => Delivery<unknown> }>;
type Handlers = Readonly<Record<Source, EventHandler>>;
type Send = (handlers: Handlers, records: readonly Arriving[]) => Promise<Sample>;

let streams = 0;

const play = async (sql: Sql, people: number, send: Send): Promise<Sample> => {
  streams += 1;
  const handlers = handlersOf(sql);
  const records = Array.from(streamRecords({ seed: streams, people }), (own): Arriving => {
    const { source } = own.record;
    const { contract } = handlers[source];
    const data = { ...dataOf(own), recordId: `${streams}-${own.record.recordId}` };
    const event = { id: data.recordId, source: '/bench', type: contract.type, extensions: {} };
    // Checked against the contract when it arrives.
    return { source, delivery: () => parseData(contract, { ...event, data }) };
  });
  const before = await storedRecords(sql);
  const sample = await send(handlers, records);
  const stored = (await storedRecords(sql)) - before;
  if (stored !== records.length)
    throw new VoidRound(`${stored} of ${records.length} records are stored`);
  return sample;
};

const storedRecords = async (sql: Sql): Promise<number> => {
  const [row] = await sql<
    [{ records: number }]
  >`select count(*)::integer as records from customer_records`;
  return row.records;
};

const handlersOf = (sql: Sql): Handlers => {
  const variable = (name: `${'DOTNET' | 'STORE'}_BATCH_ITEMS_MAX` | 'COMMIT_BATCHES_MAX') =>
    shape[name].parse(undefined);
  const [dotnet, store] = matchCustomers({
    customers: recordCustomers(sql, {
      ...localCustomerOptions,
      blockRecordsMax: 500,
      indexKeyIds: localKeys.hashes.keyIds,
    }),
    hashes: localKeys.hashes,
    region: 'IN',
    matchingOf: () => Promise.resolve({ model: defaultModel }),
    tenants: tenantStore(sql),
    outbox: outbox(sql),
    clock: () => new Date(),
    batchItemsMax: {
      dotnet: variable('DOTNET_BATCH_ITEMS_MAX'),
      store: variable('STORE_BATCH_ITEMS_MAX'),
    },
    commitBatchesMax: variable('COMMIT_BATCHES_MAX'),
  });
  if (!dotnet || !store) throw new Error('match-customer handles two sources');
  return { dotnet, store };
};

/**
 * In batches of 1,000 as in an import, two at once: one is committed while the next one is
 * prepared.
 */
const sendAll: Send = async (handlers, records) => {
  const startedAt = performance.now();
  const processorAt = process.cpuUsage();
  const running: Promise<void>[] = [];
  for (let at = 0; at < records.length; at += 1_000) {
    const batch = records.slice(at, at + 1_000);
    running.push(handleAll(handlers, batch));
    if (running.length >= 2) await running.shift();
  }
  await Promise.all(running);
  const { user, system } = process.cpuUsage(processorAt);
  return {
    perSecond: records.length / ((performance.now() - startedAt) / 1_000),
    perOwnSecond: records.length / ((user + system) / 1e6),
  };
};

const handleAll = async (handlers: Handlers, batch: readonly Arriving[]): Promise<void> => {
  const sources = Map.groupBy(batch, ({ source }) => source);
  for (const [source, own] of sources)
    requireDone(await handlers[source].handle(own.map(({ delivery }) => delivery())));
};

const requireDone = (outcomes: readonly Outcome[]): void => {
  const failed = outcomes.find((outcome) => outcome instanceof Error);
  if (failed) throw new VoidRound('a record was not matched', { cause: failed });
};

/** How many records a pod has at once: `containerConcurrency` of its manifest. */
const podRecordsMax = 600;

/** One by one, through the batches that a pod gathers; what it has no room for waits outside. */
const sendPaced: Send = async (handlers, records) => {
  const batchOf = ({ handle, itemsMax }: EventHandler) =>
    createMicroBatch<Delivery<unknown>, Outcome>({
      ...{ itemsMax, flushesMax: 20, waitingMax: podRecordsMax, flush: handle },
    });
  const batches = { dotnet: batchOf(handlers.dotnet), store: batchOf(handlers.store) };
  const latencies = createLatencies(records.length);
  let totalMs = 0;
  const all = Promise.withResolvers<undefined>();
  let [due, taken, answered] = [0, 0, 0];
  const takeDue = (dueAt: (index: number) => number): void => {
    const from = taken;
    taken = Math.min(due, answered + podRecordsMax);
    for (const [offset, { source, delivery }] of records.slice(from, taken).entries()) {
      const answer = batches[source].add(delivery()).then((outcome) => {
        requireDone([outcome]);
        const ms = performance.now() - dueAt(from + offset);
        latencies.add(ms);
        totalMs += ms;
        answered += 1;
        if (answered === records.length) all.resolve(undefined);
        takeDue(dueAt);
      });
      answer.catch(all.reject);
    }
  };
  const sending = paced({
    count: records.length,
    ratePerSecond,
    send: (_from, to, dueAt) => {
      due = to;
      takeDue(dueAt);
    },
  });
  await Promise.all([sending, all.promise]);
  return { mean: totalMs / records.length, p99: latencies.percentiles().p99 };
};

const figures = (rounds: Rounds<'fastest' | 'paced'>): readonly Figure[] => {
  const atRate = `at ${ratePerSecond.toLocaleString('en')} records/s`;
  return figuresOf('matching', rounds, [
    {
      ...{ figure: 'records matched, per second of its own processor time', unit: 'records/s' },
      ...{ of: 'perOwnSecond', variant: 'fastest', target: [{ of: 'value', atLeast: 10_000 }] },
    },
    {
      ...{ figure: 'records matched, with Postgres', unit: 'records/s' },
      ...{ of: 'perSecond', variant: 'fastest', target: [{ of: 'value', atLeast: ratePerSecond }] },
    },
    {
      ...{ figure: `mean latency ${atRate}`, unit: 'ms', of: 'mean', variant: 'paced' },
      target: [{ of: 'value', atMost: 20 }],
    },
    { figure: `p99 latency ${atRate}`, unit: 'ms', of: 'p99', variant: 'paced' },
  ]);
};
