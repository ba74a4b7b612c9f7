import type { DeliveryCounts } from './delivery/deliver.ts';

/** Counts of one source or Trigger. */
export type SourceStatistics = Readonly<DeliveryCounts> &
  Readonly<{
    inFlight: number;
    /** Records that have not ended yet, those in flight included. */
    lag: number;
  }>;

/**
 * How a member of a consumer group ends: like our own shutdown, like a dispatcher on SIGTERM, or
 * like one on SIGKILL.
 */
export type Ending = 'stop' | 'terminate' | 'abandon';

/** Where the partitions of a topic end. */
export type TopicEnds = (
  topic: string,
) => Promise<readonly Readonly<{ partition: number; high: string }>[]>;

/** A running source or Trigger: a consumer group with a member in each of some dispatcher pods. */
export type RunningSource = Readonly<{
  name: string;
  /** The most members that it has, one in each of the first dispatcher pods. */
  consumers: number;
  /** Starts the member of a dispatcher pod; resolves once it has joined the group. */
  join: (dispatcher: number) => Promise<void>;
  leave: (dispatcher: number, ending: Ending) => Promise<void>;
  /** Records and Trigger events that have begun but not ended. */
  inFlight: () => number;
  statistics: (endsOf: TopicEnds) => Promise<SourceStatistics>;
}>;
