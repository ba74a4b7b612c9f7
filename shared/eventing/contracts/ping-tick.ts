import { defineContract } from '../contract.ts';
import { RankRebuildRequested } from './rank-rebuild-requested.ts';

/**
 * The tick of a PingSource. Its manifest chooses the data, which means what it means in RankRebuildRequested: `{}` for all
 * boards every minute, `{"mode":"full"}` for a nightly one. Ticks come by the Broker; the topic is that of the request.
 */
export const PingTick = defineContract({
  ...RankRebuildRequested,
  type: 'dev.knative.sources.ping',
  summary: 'Time for a new snapshot.',
  example: { mode: 'incremental' },
});
