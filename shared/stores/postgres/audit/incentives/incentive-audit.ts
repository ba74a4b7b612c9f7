import type { Sql, Transaction } from '../../driver/connect.ts';
import type { AuditResult } from '../audit-result.ts';
import { auditMoment } from '../orders/audit-moment.ts';
import { auditCaps, givenBySums } from './audit-caps.ts';
import { auditCoupons } from './audit-coupons.ts';
import { auditIncentiveLog } from './audit-incentive-log.ts';
import { auditRewards } from './audit-rewards.ts';
import { auditUsage, auditUsageBySums } from './audit-usage.ts';
import { type incentiveChecks, incentivePosition } from './incentive-position.ts';
import { everyIncentive, incentivesIn } from './incentive-scope.ts';
import type { UsageRow } from './usage-sums.ts';

/** What a part looked at, and found, by check. */
type IncentivePart = Partial<Record<(typeof incentiveChecks)[number], AuditResult>>;

/** Events of a part, and rows of usage: as many as take a second or so. */
const [eventsPerPart, rowsPerPart] = [20_000, 5_000];

/** The rows of usage that come first. */
const firstRow: UsageRow = { tenantId: '', subject: '', day: '-infinity', unit: '' };

/**
 * Audits incentives in parts, each of one moment: where that is due all of them at once, then those
 * with events that no audit has seen, and the usage and caps of their subjects by the sums that the
 * audit keeps. The returned function does the next part and returns what it found; undefined when
 * none is left.
 */
export const incentiveAudit = (sql: Sql): (() => Promise<IncentivePart | undefined>) => {
  const position = incentivePosition(sql);
  let after = firstRow;
  return async () => {
    if (await position.isWholeDue()) {
      const beganAt = new Date();
      const part = await auditMoment(sql, auditAllIncentives);
      await position.saveWhole(part, beganAt);
      return part;
    }
    const range = await position.nextEvents(eventsPerPart);
    if (range !== undefined) {
      const part = await auditMoment(sql, async (tx) => {
        const scope = incentivesIn(tx, range);
        return {
          rewards: await auditRewards(tx, scope),
          coupons: await auditCoupons(tx, scope),
          incentiveLog: await auditIncentiveLog(tx, scope),
        };
      });
      await position.saveEvents(range, part);
      return part;
    }
    const rows = await position.usageDue(after, rowsPerPart);
    after = rows.at(-1) ?? firstRow;
    if (rows.length === 0) return undefined;
    const part = await auditMoment(sql, async (tx) => ({
      usage: await auditUsageBySums(tx, rows),
      caps: await auditCaps(tx, givenBySums(tx, rows)),
    }));
    await position.saveUsage(rows, part);
    return part;
  };
};

/** Audits all incentives as they are at one moment. */
export const auditAllIncentives = async (tx: Transaction): Promise<Required<IncentivePart>> => ({
  rewards: await auditRewards(tx, everyIncentive(tx)),
  usage: await auditUsage(tx),
  caps: await auditCaps(tx),
  coupons: await auditCoupons(tx, everyIncentive(tx)),
  incentiveLog: await auditIncentiveLog(tx, everyIncentive(tx)),
});
