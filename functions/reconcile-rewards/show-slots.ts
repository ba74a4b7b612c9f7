import { Gauge } from 'prom-client';
import type { ReplicationSlots } from '#shared/stores/postgres/changes/replication-slots.ts';

export type SlotDependencies = Readonly<{ slots: ReplicationSlots }>;

const lagBytes = new Gauge({
  name: 'guerdon_cdc_slot_lag_bytes',
  help: 'Write-ahead log that Postgres keeps for a connector of change data capture, in bytes',
  labelNames: ['slot'] as const,
});

const silentSeconds = new Gauge({
  name: 'guerdon_cdc_slot_silent_seconds',
  help: 'Time since a connector of change data capture last wrote its heartbeat',
  labelNames: ['slot'] as const,
});

const lostSlots = new Gauge({
  name: 'guerdon_cdc_slot_lost',
  help: '1 if the replication slot of a connector is missing or invalidated, so that changes were not sent, else 0',
  labelNames: ['slot'] as const,
});

/** Shows how far the connectors of change data capture lag behind the write-ahead log. */
export const showSlots = async ({ slots }: SlotDependencies): Promise<void> => {
  const states = await slots.states();
  // A connector that was removed, heartbeat and slot, has no state any more.
  for (const gauge of [lagBytes, silentSeconds, lostSlots]) gauge.reset();
  for (const { slot, isLost, ...state } of states) {
    lagBytes.set({ slot }, state.lagBytes);
    silentSeconds.set({ slot }, state.silentSeconds);
    lostSlots.set({ slot }, isLost ? 1 : 0);
  }
};
