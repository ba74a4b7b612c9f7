import { describe, expect, it } from 'vitest';
import { actionCostMax, campaignsPerActionMax, refuseLoad } from './campaign-load.ts';

const load = (campaigns: number, cost: number) => [{ action: 'PURCHASE', campaigns, cost }];

describe('refuseLoad', () => {
  it('lets the last campaign in that there is room for', () => {
    expect(refuseLoad({ PURCHASE: 10 }, [])).toBeUndefined();
    const last = load(campaignsPerActionMax - 1, actionCostMax - 10);
    expect(refuseLoad({ PURCHASE: 10 }, last)).toBeUndefined();
  });

  it('names the action that has as many campaigns as it may have', () => {
    expect(refuseLoad({ PURCHASE: 1 }, load(campaignsPerActionMax, 0))).toBe(
      'PURCHASE has 100 active campaigns, and may have 100: end one first',
    );
  });

  it('names the action whose clauses would cost more than they may', () => {
    expect(refuseLoad({ PURCHASE: 11 }, load(1, actionCostMax - 10))).toMatch(
      /^The clauses of the active campaigns for PURCHASE would cost 100001 units/,
    );
  });
});
