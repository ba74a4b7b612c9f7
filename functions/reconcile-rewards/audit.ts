import { Gauge } from 'prom-client';
import type { Logger } from '#shared/runtime/log.ts';
import { accuracyPpm, type LedgerAudit } from '#shared/stores/postgres/ledger-audit.ts';

/** What an audit needs. */
export type AuditDependencies = Readonly<{
  ledgerAudit: () => Promise<LedgerAudit>;
  log: Logger;
}>;

/** Made by the first audit: until then there is no accuracy, and 0 would be a false alarm. */
let calcAccuracy: Gauge | undefined;

const auditWrong = new Gauge({
  name: 'guerdon_audit_wrong',
  help: 'What the last audit found wrong, by check',
  labelNames: ['check'] as const,
});

const auditedAt = new Gauge({
  name: 'guerdon_audit_timestamp_seconds',
  help: 'When the last audit ended, in seconds since 1970',
});

/** Recomputes the whole ledger on a road of its own and says what it found: as metrics, and each kind of damage in the log. */
export const audit = async ({ ledgerAudit, log }: AuditDependencies): Promise<void> => {
  const found = await ledgerAudit();
  for (const [check, { examined, wrong, examples }] of Object.entries(found)) {
    auditWrong.set({ check }, wrong);
    if (wrong > 0) log.error({ check, examined, wrong, examples }, 'the audit found damage');
  }
  calcAccuracy ??= new Gauge({
    name: 'guerdon_calc_accuracy',
    help: 'Share of orders whose ledger entries equal an independent recomputation, as of the last audit',
  });
  calcAccuracy.set(accuracyPpm(found) / 1_000_000);
  auditedAt.setToCurrentTime();
};
