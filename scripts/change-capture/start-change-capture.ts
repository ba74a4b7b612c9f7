import { eventually } from '#scripts/services/eventually.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { cacheDirectory } from '../services/cache-directory.ts';
import { type ConnectServer, startConnect } from '../services/connect-server.ts';
import { type LocalConnector, localConnectors } from './local-connectors.ts';

/** Debezium for a local Postgres and Kafka. */
export type ChangeCapture = Readonly<{
  connect: ConnectServer;
  connectors: readonly LocalConnector[];
  /** Starts a stopped worker with its connectors. */
  start: () => Promise<void>;
  /**
   * Resolves once every connector reads its slot.
   * @throws Error with the messages of failed tasks.
   */
  streaming: () => Promise<void>;
  /** Drops the slots; the worker must be stopped. */
  dropSlots: () => Promise<void>;
}>;

type Options = Readonly<{
  sql: Sql;
  brokers: readonly string[];
  /** Where offsets and log live. */
  directory: string;
  overlay?: string;
  flushMs?: number;
  log?: (step: string) => void;
}> &
  Parameters<typeof localConnectors>[1];

/**
 * Starts Kafka Connect with the connectors of the manifests. The topics must exist, and the
 * database must be migrated. Slots remain after it ends: call `dropSlots`, or Postgres keeps its
 * log for them.
 */
export const startChangeCapture = async ({
  sql,
  brokers,
  overlay = 'infra/knative/overlays/local',
  databaseUrl,
  run,
  heartbeatMs = 1_000,
  ...worker
}: Options): Promise<ChangeCapture> => {
  const connectors = localConnectors(overlay, { databaseUrl, run, heartbeatMs });
  const slots = connectors.map(({ slot }) => slot);
  const connect = await startConnect({
    ...worker,
    brokers: brokers.join(),
    cache: cacheDirectory,
  });
  const configure = async () => {
    for (const { name, config } of connectors) await connect.configure(name, config);
  };
  const failures = async (): Promise<readonly string[]> => {
    const tasks = await Promise.all(connectors.map(({ name }) => connect.task(name)));
    return tasks.flatMap((task) => (task?.state === 'FAILED' ? [task.trace ?? 'FAILED'] : []));
  };
  const areActive = async (): Promise<boolean> => {
    const [row] = await sql<[{ active: number }]>`
      select count(*)::int as active from pg_replication_slots
      where active and slot_name = any(${slots})`;
    return row.active === slots.length || (await failures()).length > 0;
  };
  await configure().catch(stopAfter(connect));
  return {
    connect,
    connectors,
    start: async () => {
      await connect.start();
      await configure();
    },
    streaming: async () => {
      const isSettled = await eventually(areActive, { timeoutMs: 120_000, everyMs: 100 });
      const [failure] = await failures();
      if (failure !== undefined) throw new Error(`A connector failed: ${failure}`);
      if (!isSettled) throw new Error('The connectors did not start to read their slots');
    },
    dropSlots: async () => {
      await sql`
        select pg_drop_replication_slot(slot_name) from pg_replication_slots
        where slot_name = any(${slots})`;
    },
  };
};

const stopAfter =
  (connect: ConnectServer) =>
  async (error: unknown): Promise<never> => {
    await connect.stop();
    throw error;
  };
