import type { SourceStatistics } from './statistics.ts';

/** Knative on this machine, playing the manifests of one kustomization. */
export type LocalKnative = Readonly<{
  /** Base address of a Knative Service. */
  url: (service: string) => string;
  /** Address at which the first pod of a function shows its metrics. */
  metrics: (service: string) => string;
  /** Address at which a Broker takes events. */
  broker: (name: string) => string;
  /**
   * Process id of each pod that runs at this moment, by its name: `<service>` for the first,
   * `<service>-2` and so on.
   */
  pids: () => Readonly<Record<string, number>>;
  /**
   * Sends a signal to a function's first process that is ready, without the drain before; when it
   * goes, another one comes up.
   */
  kill: (service: string, signal: NodeJS.Signals) => void;
  /** Lets each pod of a function drain and starts it again; requests wait meanwhile. */
  restart: (service: string) => Promise<void>;
  /**
   * Replaces the oldest pod of a function as a rollout does: once another one is ready, it drains.
   */
  replace: (service: string) => Promise<void>;
  /**
   * Ends a dispatcher pod, the first one when left out, as SIGKILL does, and starts another one:
   * what was not committed is delivered again, once the session of the dead pod has timed out (10
   * s).
   */
  killDispatcher: (dispatcher?: number) => Promise<void>;
  /** The same by SIGTERM: requests in flight are awaited and committed, retries are not. */
  restartDispatcher: (dispatcher?: number) => Promise<void>;
  /**
   * Starts or ends dispatcher pods until there are so many; each change rebalances the groups of
   * all sources.
   */
  scaleDispatchers: (count: number) => Promise<void>;
  /** How each KafkaSource and Trigger is doing, by name. */
  statistics: () => Promise<Readonly<Record<string, SourceStatistics>>>;
  /**
   * Resolves once no source has anything in flight or ahead of it; rejects when no event ended for
   * `timeoutMs`.
   */
  drained: (options?: Readonly<{ timeoutMs?: number }>) => Promise<void>;
  /** Stops sources, then functions, each after what it has in flight. */
  stop: () => Promise<void>;
}>;
