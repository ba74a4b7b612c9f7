import { Counter, Gauge } from 'prom-client';
import { frequentItems } from '#shared/domain/sketch/frequent-items.ts';

type Options = Readonly<{
  /** Milliseconds of a clock that never goes back. */
  clock: () => number;
  /** Tenants that are named at once. */
  namedMax?: number;
  /** The share of events below which a tenant is not named. */
  shareMin?: number;
}>;

const minuteMs = 60_000;

/** Tenants counted at once: shares are at most 1/64 too low. */
const counters = 64;

/**
 * Counts events by tenant in minutes. However many tenants there are, it takes a fixed amount of
 * memory, and names few of them, so that they can be labels of a metric.
 */
export const createTenantLoad = ({ clock, namedMax = 5, shareMin = 0.1 }: Options) => {
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

const tenantLoad = createTenantLoad({ clock: () => performance.now() });

new Gauge({
  name: 'guerdon_tenant_events_last_minute',
  help: 'Events of the last whole minute by tenant: at most five that have a tenth of them or more, and all others without a name',
  labelNames: ['tenant'] as const,
  collect() {
    this.reset();
    for (const [tenant, events] of tenantLoad.lastMinute()) this.set({ tenant }, events);
  },
});

const partitionEvents = new Counter({
  name: 'guerdon_partition_events_total',
  help: 'Events received, by the topic of their contract and the partition that they were read from',
  labelNames: ['topic', 'partition'] as const,
});

type Received = Readonly<{ tenantId: string; topic: string; partition: unknown }>;

/**
 * Counts an event that a function received, by tenant and partition. What is no number of a
 * partition is not counted by it.
 */
export const recordLoad = ({ tenantId, topic, partition }: Received): void => {
  tenantLoad.record(tenantId);
  if (typeof partition === 'string' && /^\d{1,4}$/.test(partition))
    partitionEvents.inc({ topic, partition });
};
