import type { SourceStatistics } from './statistics.ts';

/** Knative on this machine, running the manifests of one kustomization. */
export type LocalKnative = Readonly<{
  /** Base address of a Knative Service. */
  url: (service: string) => string;
  /** Address at which the first pod of a function shows its metrics. */
  metrics: (service: string) => string;
  /** Address at which a Broker accepts events. */
  broker: (name: string) => string;
  /**
   * Process id of each running pod, by its name: `<service>` for the first, `<service>-2` and so
   * on.
   */
  pids: () => Readonly<Record<string, number>>;
  /**
   * Sends a signal to a function's first ready process, without draining it; when it exits, another
   * one starts.
   */
  kill: (service: string, signal: NodeJS.Signals) => void;
  /** Drains each pod of a function and starts it again; requests wait meanwhile. */
  restart: (service: string) => Promise<void>;
  /**
   * Replaces the oldest pod of a function as a rollout does: once another one is ready, it drains.
   */
  replace: (service: string) => Promise<void>;
  /**
   * Ends a dispatcher pod, by default the first one, as SIGKILL does, and starts another one: what
   * was not committed is redelivered once the session of the dead pod has timed out (10 s).
   */
  killDispatcher: (dispatcher?: number) => Promise<void>;
  /** The same as by SIGTERM: requests in flight are awaited and committed, retries are not. */
  restartDispatcher: (dispatcher?: number) => Promise<void>;
  /**
   * Starts or ends dispatcher pods until this many run; each change rebalances the groups of all
   * sources.
   */
  scaleDispatchers: (count: number) => Promise<void>;
  /** Counts of each KafkaSource and Trigger, by name. */
  statistics: () => Promise<Readonly<Record<string, SourceStatistics>>>;
  /**
   * Resolves once no source has records in flight or waiting; rejects when no event ended for
   * `timeoutMs`.
   */
  drained: (options?: Readonly<{ timeoutMs?: number }>) => Promise<void>;
  /** Stops sources, then functions, each after what it has in flight. */
  stop: () => Promise<void>;
}>;
