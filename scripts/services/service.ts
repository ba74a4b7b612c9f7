/** The servers that the platform needs. */
export type ServiceName = 'postgres' | 'redis' | 'kafka';

/** One of our server processes, while it runs and after: tests kill and restart it. */
export type LocalServer = Readonly<{
  /** The process id while it runs. */
  pid(): number | undefined;
  /** Starts it, on the same port and data as before; resolves once it answers. */
  start(): Promise<void>;
  /** Shuts it down; resolves once it has ended. */
  stop(): Promise<void>;
  /** Kills it by SIGKILL; resolves once it has ended. */
  kill(): Promise<void>;
}>;

/** One running service and the address that clients use. */
export type Service = Readonly<{
  /** A connection URL; for Kafka `host:port`, several separated by commas. */
  url: string;
  /**
   * The process behind it; absent when the address came from the environment and is not ours to
   * stop.
   */
  server?: LocalServer;
}>;

/** What a local service needs to know to start. */
export type ServiceContext = Readonly<{
  /** Where data, log and process record of this service live. */
  directory: string;
  /** False for data that is not needed after a crash of the machine: nothing is synced to disk. */
  isDurable: boolean;
  /** Called before each step that takes time. */
  log: (step: string) => void;
}>;
