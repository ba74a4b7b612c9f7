/** The servers that the platform needs. */
export type ServiceName = 'postgres' | 'redis' | 'kafka';

/** One of our server processes, while it runs and after: tests kill and restart it. */
export type LocalServer = Readonly<{
  /** The process id while it runs. */
  pid(): number | undefined;
  /** Starts it, on the same port and data as before; resolves once it answers. */
  start(): Promise<void>;
  /** Ends it in an orderly way; resolves once it is gone. */
  stop(): Promise<void>;
  /** Ends it as a power cut would (SIGKILL); resolves once it is gone. */
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
  /** False for data that nobody needs after a crash of the machine: nothing is synced to disk. */
  isDurable: boolean;
  /** Called with what takes time. */
  log: (step: string) => void;
}>;
