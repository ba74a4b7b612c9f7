import { defineContract } from '../contract.ts';
import { ReconcileRequested } from './reconcile-requested.ts';

/** The tick of the PingSource `reconcile-tick`. Its manifest chooses the data, which means what it means in ReconcileRequested. */
export const ReconcileTick = defineContract({
  ...ReconcileRequested,
  type: 'dev.knative.sources.ping',
  summary: 'Time to bring what lags Postgres up to it.',
});
