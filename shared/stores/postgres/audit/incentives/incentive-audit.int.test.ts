import { beforeAll, describe, expect, it } from 'vitest';
import { wrongIn } from '#shared/testing/expect-sound.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import {
  damages,
  restoreIncentives,
  saveIncentives,
} from '#shared/testing/worlds/incentive-damages.ts';
import { recordIncentives } from '#shared/testing/worlds/record-incentives.ts';
import { auditLedger, isSound } from '../ledger-audit.ts';

const sql = await testSql({ max: 2 });
const asAnIntruder = intruder(sql);

describe('auditLedger', () => {
  beforeAll(async () => {
    await recordIncentives(sql);
    await saveIncentives(asAnIntruder);
  });

  it('finds nothing wrong with correct incentives', async () => {
    const audit = await auditLedger(sql);
    expect(wrongIn(audit)).toEqual({});
    expect(audit).toMatchObject({
      balances: { examined: 2 },
      rewards: { examined: 3 },
      usage: { examined: 10 },
      caps: { examined: 14 },
      coupons: { examined: 2 },
      incentiveLog: { examined: 9 },
    });
  });

  it.each(damages)('finds %s', async (_, statement, wrong, example) => {
    await asAnIntruder(statement);
    const audit = await auditLedger(sql);
    await restoreIncentives(asAnIntruder);
    expect(wrongIn(audit)).toEqual(wrong);
    expect(isSound(audit)).toBe(false);
    const [first] = Object.values(audit).filter((result) => result.wrong > 0);
    expect(first?.examples).toContainEqual(
      expect.objectContaining({ tenantId: 'default', ...example }),
    );
  });

  it.each([
    ['a cap that was lowered since', `update limits set max_per_day = 0, updated_at = now()`],
  ])('finds nothing wrong with %s', async (_, statement) => {
    await asAnIntruder(statement);
    const audit = await auditLedger(sql);
    await restoreIncentives(asAnIntruder);
    expect(wrongIn(audit)).toEqual({});
  });
});
