import type { DeliveryCounts } from './delivery/deliver.ts';

/** How one source or Trigger is doing. */
export type SourceStatistics = Readonly<DeliveryCounts> &
  Readonly<{
    inFlight: number;
    /** Records that have not ended yet, those in flight included. */
    lag: number;
  }>;

/** A running source or Trigger. */
export type RunningSource = Readonly<{
  name: string;
  statistics: () => Promise<SourceStatistics>;
  stop: () => Promise<void>;
  /** Goes as in a crash of the dispatcher: what it had not committed comes again. */
  abandon: () => Promise<void>;
}>;
