import { resourcesOf } from '#scripts/manifests/kinds.ts';
import { loadKustomization } from '#scripts/manifests/load-kustomization.ts';
import type { ConnectorConfig } from '../services/connect-server.ts';

/** A connector as the local worker runs it. */
export type LocalConnector = Readonly<{ name: string; slot: string; config: ConnectorConfig }>;

type Place = Readonly<{
  databaseUrl: string;
  /**
   * Distinguishes connectors that share servers: a suffix of slots, and a prefix of topics.
   * @example 'a1b2': slot guerdon_cdc_a1b2, topic a1b2.db.incentives
   */
  run?: string | undefined;
  /** How often a connector sends a heartbeat. */
  heartbeatMs?: number;
}>;

/** The address of a database as Debezium's settings. */
const databaseSettings = (databaseUrl: string): ConnectorConfig => {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    'database.hostname': hostname,
    'database.port': port || '5432',
    'database.user': decodeURIComponent(username),
    'database.password': decodeURIComponent(password) || 'none',
    'database.dbname': pathname.slice(1),
  };
};

/**
 * The connectors of the manifests with the addresses of this machine. Everything else is as in the
 * cluster, and so are their records.
 */
export const localConnectors = (
  overlay: string,
  { databaseUrl, run, heartbeatMs }: Place,
): readonly LocalConnector[] =>
  resourcesOf(loadKustomization(overlay), 'KafkaConnector').map(({ metadata, spec }) => {
    const config = Object.fromEntries(
      Object.entries(spec.config).map(([name, value]) => [name, String(value)]),
    );
    const named = run === undefined ? config : renamed(config, run);
    return {
      name: metadata.name,
      slot: named['slot.name'] ?? '',
      config: {
        'connector.class': spec.class,
        'tasks.max': String(spec.tasksMax),
        ...named,
        ...databaseSettings(databaseUrl),
        ...(heartbeatMs !== undefined && { 'heartbeat.interval.ms': String(heartbeatMs) }),
      },
    };
  });

const renamed = (config: ConnectorConfig, run: string): ConnectorConfig => {
  const slot = config['slot.name'] ?? '';
  const beat = config['heartbeat.action.query'] ?? '';
  return {
    ...Object.fromEntries(
      Object.entries(config).map(([name, value]) => [
        name,
        name.endsWith('.replacement') ? `${run}.${value}` : value,
      ]),
    ),
    'slot.name': `${slot}_${run}`,
    'heartbeat.action.query': beat.replace(`'${slot}'`, `'${slot}_${run}'`),
  };
};
