import { ReconcileRequested } from '#shared/eventing/contracts/ticks.ts';
import { sendToBroker } from './send-to-broker.ts';
import type { Platform } from './start-platform.ts';

/**
 * Has what lags Postgres brought up to it, without waiting for the minute: what Redis missed while
 * it was unavailable, above all.
 */
export const reconcile = async ({ knative }: Platform): Promise<void> => {
  await sendToBroker(knative.broker('guerdon'), ReconcileRequested, {});
  await knative.drained();
};
