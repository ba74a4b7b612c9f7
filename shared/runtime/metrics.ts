import { createServer, type Server } from 'node:http';
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type Metric,
  register,
} from 'prom-client';

/** Seconds; dense around the 50 ms that a reward calculation may take. */
export const latencyBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Requests refused or failed, by code. */
export const problemsTotal = new Counter({
  name: 'guerdon_problems_total',
  help: 'Requests refused or failed, by status and problem code',
  labelNames: ['status', 'code'] as const,
});

/** How many events shared one store call. */
export const batchItems = new Histogram({
  name: 'guerdon_batch_items',
  help: 'Events joined into one store call',
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
});

/** Events that batching functions received. */
export const partitionEventsTotal = new Counter({
  name: 'guerdon_partition_events_total',
  help: 'Events received, by the topic of their contract and the partition that they were read from',
  labelNames: ['topic', 'partition'] as const,
});

/** Published events. */
export const eventsPublishedTotal = new Counter({
  name: 'guerdon_events_published_total',
  help: 'Events published, by type',
  labelNames: ['type'] as const,
});

/** Events that could not be published. */
export const eventsUnpublishedTotal = new Counter({
  name: 'guerdon_events_unpublished_total',
  help: 'Events that could not be published, by event type and reason',
  labelNames: ['type', 'reason'] as const,
});

/**
 * Serves Prometheus metrics on a port of their own, apart from the traffic that scales the
 * function.
 */
export const serveMetrics = async (host: string, port: number): Promise<Server> => {
  // Every 10 ms by default, which is most of the processor time of an idle function.
  collectDefaultMetrics({ eventLoopMonitoringPrecision: 50 });
  const server = createServer((_request, response) => {
    register.metrics().then(
      (text) => response.writeHead(200, { 'content-type': register.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return server;
};

type HistogramOptions = Readonly<{ name: string; help: string; buckets: readonly number[] }>;

/**
 * A histogram without labels that a scrape reads like any other, and that only adds numbers
 * meanwhile. prom-client's own looks its labels up at each observation, which took more than a µs
 * of the 20 that the host spends on a request.
 */
export const createBareHistogram = ({ name, help, buckets }: HistogramOptions) => {
  const counts = [...buckets, Number.POSITIVE_INFINITY].map(() => 0);
  let sum = 0;

  const values = () => {
    let below = 0;
    const bars = counts.map((count, index) => {
      below += count;
      const labels = { le: buckets[index] ?? '+Inf' };
      return { metricName: `${name}_bucket`, labels, value: below };
    });
    return [
      ...bars,
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: below },
    ];
  };
  const get = () =>
    Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: values() });
  const reset = () => {
    counts.fill(0);
    sum = 0;
  };
  // The registry only uses the name of a metric and these.
  register.registerMetric({ name, get, reset } as unknown as Metric);

  return {
    observe: (value: number): void => {
      let index = 0;
      while (value > (buckets[index] ?? Number.POSITIVE_INFINITY)) index += 1;
      counts[index] = (counts[index] ?? 0) + 1;
      sum += value;
    },
  };
};

/** An item with the lower bound of its count. */
type FrequentItem = Readonly<{ item: string; atLeast: number }>;

type Tally = { count: number; error: number };

/**
 * Counts the most frequent items of a stream in a fixed number of counters: the Space-Saving
 * algorithm of Metwally, Agrawal and El Abbadi (2005), https://doi.org/10.1007/978-3-540-30570-5_27.
 *
 * Of n items that were added, `atLeast` is never above an item's count, and at most n / counters
 * below it. So each item with more than twice this share of the stream is found.
 */
export const frequentItems = (counters: number) => {
  const known = new Map<string, Tally>();
  let total = 0;

  const replaceLeast = (item: string): void => {
    let least = '';
    let error = Number.POSITIVE_INFINITY;
    for (const [other, { count }] of known) if (count < error) [least, error] = [other, count];
    known.delete(least);
    known.set(item, { count: error + 1, error });
  };

  return {
    /** Counts an item: one look-up, or a walk through all counters for an item without one. */
    add: (item: string): void => {
      total += 1;
      const counter = known.get(item);
      if (counter !== undefined) counter.count += 1;
      else if (known.size < counters) known.set(item, { count: 1, error: 0 });
      else replaceLeast(item);
    },
    /** Items that were added. */
    total: (): number => total,
    /** The most frequent items, those with the highest `atLeast` first. */
    top: (itemsMax: number): readonly FrequentItem[] =>
      [...known]
        .map(([item, { count, error }]) => ({ item, atLeast: count - error }))
        .sort((one, other) => other.atLeast - one.atLeast)
        .slice(0, itemsMax),
  };
};

type LoadOptions = Readonly<{
  /** Milliseconds of a clock that never goes back. */
  clock: () => number;
  /** Maximum number of tenants that are named at once. */
  namedMax?: number;
}>;

const minuteMs = 60_000;

/** The share of events below which a tenant is not named. */
const shareMin = 0.1;

/** Tenants counted at once: shares are at most 1/64 too low. */
const counters = 64;

/**
 * Counts events by tenant in minutes. However many tenants there are, it takes a fixed amount of
 * memory, and names few of them, so that they can be labels of a metric.
 */
export const createTenantLoad = ({ clock, namedMax = 5 }: LoadOptions) => {
  let startedAt = clock();
  let current = frequentItems(counters);
  let last = frequentItems(counters);

  const turn = (): void => {
    const minutes = Math.floor((clock() - startedAt) / minuteMs);
    if (minutes === 0) return;
    last = minutes === 1 ? current : frequentItems(counters);
    current = frequentItems(counters);
    startedAt += minutes * minuteMs;
  };

  return {
    record: (tenantId: string): void => {
      turn();
      current.add(tenantId);
    },
    /** Events of the last whole minute: of the busiest tenants, and of all others under ''. */
    lastMinute: (): ReadonlyMap<string, number> => {
      turn();
      const total = last.total();
      const busiest = last.top(namedMax).filter(({ atLeast }) => atLeast >= shareMin * total);
      const named = busiest.reduce((sum, { atLeast }) => sum + atLeast, 0);
      return new Map([
        ...busiest.map(({ item, atLeast }) => [item, atLeast] as const),
        ['', total - named] as const,
      ]);
    },
  };
};

/** Events that batching functions received, by tenant. */
export const tenantLoad = createTenantLoad({ clock: () => performance.now() });

new Gauge({
  name: 'guerdon_tenant_events_last_minute',
  help: 'Events of the last whole minute by tenant: at most five that have a tenth of them or more, and all others without a name',
  labelNames: ['tenant'] as const,
  collect() {
    this.reset();
    for (const [tenant, events] of tenantLoad.lastMinute()) this.set({ tenant }, events);
  },
});
