/** Which changes of a table a connector sends, and where to. */
export type ConnectorStream = Readonly<{
  table: string;
  topic: string;
  /** The name of the server in its records. */
  server: string;
  includes: (column: string) => boolean;
}>;

/** The settings of a connector, as in its manifest or in the local worker. */
type Settings = Readonly<Record<string, string | number | boolean>>;

const settingOf = (config: Settings, name: string): string => String(config[name] ?? '');

/** Debezium and Kafka Connect match names as a whole. */
const wholly = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);

/** The topic that a connector's routes make of one of Debezium's own names. */
const routed = (config: Settings, name: string): string =>
  settingOf(config, 'transforms')
    .split(',')
    .reduce(
      (topic, transform) =>
        topic.replace(
          wholly(settingOf(config, `transforms.${transform}.regex`)),
          settingOf(config, `transforms.${transform}.replacement`),
        ),
      name,
    );

/** The tables that a connector sends, by its settings. */
export const connectorStreams = (config: Settings): readonly ConnectorStream[] => {
  const server = settingOf(config, 'topic.prefix');
  const columns = wholly(settingOf(config, 'column.include.list') || '.*');
  return settingOf(config, 'table.include.list')
    .split(',')
    .map((table) => ({
      table: table.replace(/^public\./, ''),
      topic: routed(config, `${server}.${table}`),
      server,
      includes: (column) => columns.test(`${table}.${column}`),
    }));
};

/** The topic of a connector's heartbeats. */
export const heartbeatTopic = (config: Settings): string =>
  routed(config, `__debezium-heartbeat.${settingOf(config, 'topic.prefix')}`);
