import { ReconcileRequested } from '#shared/eventing/contracts/ticks.ts';
import type { Platform } from '../start-platform.ts';
import { sendToBroker } from './send-to-broker.ts';

/**
 * Requests a reconciliation without waiting for the tick, above all for what Redis missed while it
 * was unavailable.
 */
export const reconcile = async ({ knative }: Platform): Promise<void> => {
  await sendToBroker(knative.broker('guerdon'), ReconcileRequested, {});
  await knative.drained();
};
