import { Gauge } from 'prom-client';
import type { AuditPosition } from '#shared/stores/postgres/audit/audit-position.ts';
import { accuracyPpm } from '#shared/stores/postgres/audit/ledger-audit.ts';

/** What showing the audit needs. */
export type AuditStateDependencies = Readonly<{ auditPosition: Pick<AuditPosition, 'state'> }>;

/** Made by the first audit: until then there is no accuracy, and 0 would be a false alarm. */
let calcAccuracy: Gauge | undefined;

const auditWrong = new Gauge({
  name: 'guerdon_audit_wrong',
  help: 'Open findings of audits by check: found wrong, and not yet found correct by a complete cycle',
  labelNames: ['check'] as const,
});

const auditedAt = new Gauge({
  name: 'guerdon_audit_timestamp_seconds',
  help: 'Time up to which everything committed has been audited, in seconds since 1970',
});

const cycleEndedAt = new Gauge({
  name: 'guerdon_audit_cycle_timestamp_seconds',
  help: 'Time at which every wallet had last been recomputed from its first entry, in seconds since 1970; 0 before the first time',
});

const entriesBehind = new Gauge({
  name: 'guerdon_audit_entries_behind',
  help: 'Ledger entries that were not audited yet',
});

/**
 * Shows how far the audit has come and what it found, as Postgres keeps it: also after a restart.
 */
export const showAudit = async ({ auditPosition }: AuditStateDependencies): Promise<void> => {
  const state = await auditPosition.state();
  auditWrong.reset();
  for (const [check, wrong] of Object.entries(state.wrong)) auditWrong.set({ check }, wrong);
  auditedAt.set(state.auditedAt.getTime() / 1000);
  cycleEndedAt.set((state.cycleEndedAt?.getTime() ?? 0) / 1000);
  entriesBehind.set(state.entriesBehind);
};

/** Shows the share of orders that were right among those that an audit looked at. */
export const showAccuracy = (seen: Readonly<{ examined: number; wrong: number }>): void => {
  calcAccuracy ??= new Gauge({
    name: 'guerdon_calc_accuracy',
    help: 'Share of the orders in the last audit whose ledger entries equal an independent recomputation',
  });
  calcAccuracy.set(accuracyPpm({ orders: { ...seen, examples: [] } }) / 1_000_000);
};
