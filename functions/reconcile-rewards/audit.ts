import type { Logger } from '#shared/runtime/log.ts';
import { overAfter } from '#shared/runtime/over-after.ts';
import type { AuditPosition } from '#shared/stores/postgres/audit/audit-position.ts';
import type {
  AuditPart,
  IncrementalAudit,
} from '#shared/stores/postgres/audit/incremental-audit.ts';
import { showAccuracy } from './show-audit.ts';

/** What an audit needs. */
export type AuditDependencies = Readonly<{
  incrementalAudit: IncrementalAudit;
  auditPosition: AuditPosition;
  /** Sums what is settled, and returns whether there was time for all of it. */
  sumAll: (isOver: () => boolean) => Promise<boolean>;
  /** Does the work unless another audit is in progress. */
  auditExclusively: (work: () => Promise<void>) => Promise<unknown>;
  log: Logger;
}>;

type Options = Readonly<{ isFull: boolean; auditedMsMax: number }>;

/**
 * Audits what was recorded since the last audit, and the day's part of everything older, for this
 * long at most; the next audit continues. With `isFull` everything is due again. Each kind of
 * damage is logged and kept. Returns 'busy' while another audit runs.
 * @throws Unavailable when Postgres is; repeating is safe.
 */
export const audit = async (
  dependencies: AuditDependencies,
  { isFull, auditedMsMax }: Options,
): Promise<unknown> => {
  const isOver = overAfter(auditedMsMax);
  return dependencies.auditExclusively(async () => {
    await dependencies.auditPosition.begin({ isFull });
    const hasEnded = await auditUntil(dependencies, isOver);
    if (!hasEnded) dependencies.log.info('audited in part; the next audit continues');
  });
};

/** New records before old ones, so that old ones never keep new ones from being audited. */
const auditUntil = async (
  { incrementalAudit, auditPosition, sumAll, log }: AuditDependencies,
  isOver: () => boolean,
): Promise<boolean> => {
  const seen = { examined: 0, wrong: 0 };
  const report = (part: AuditPart) => {
    for (const [check, { examined, wrong, examples }] of Object.entries(part))
      if (wrong > 0) log.error({ check, examined, wrong, examples }, 'the audit found errors');
    seen.examined += part.orders?.examined ?? 0;
    seen.wrong += part.orders?.wrong ?? 0;
  };
  const run = { isOver, report };
  const isNewDone =
    (await sumAll(isOver)) &&
    (await incrementalAudit.entries(run)) &&
    (await incrementalAudit.wallets(run));
  if (isNewDone) await auditPosition.finish();
  const isDone =
    isNewDone && (await incrementalAudit.incentives(run)) && (await incrementalAudit.slice(run));
  showAccuracy(seen);
  return isDone;
};
