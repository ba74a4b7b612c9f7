import { describe, expect, it } from 'vitest';
import {
  actionCharactersMax,
  actionCostMax,
  campaignsPerActionMax,
  refuseLoad,
} from './campaign-load.ts';

const load = (campaigns: number, cost: number, characters = 0) => [
  { action: 'PURCHASE', campaigns, cost, characters },
];

describe('refuseLoad', () => {
  it('lets the last campaign in that there is room for', () => {
    expect(refuseLoad({ PURCHASE: 10 }, [])).toBeUndefined();
    const last = load(campaignsPerActionMax - 1, actionCostMax - 10);
    expect(refuseLoad({ PURCHASE: 10 }, last)).toBeUndefined();
  });

  it('names the action that has as many campaigns as it may have', () => {
    expect(refuseLoad({ PURCHASE: 1 }, load(campaignsPerActionMax, 0))).toBe(
      'PURCHASE has 1000 active campaigns; the maximum is 1000: end one first',
    );
  });

  it('names the action whose clauses would cost more than they may', () => {
    expect(refuseLoad({ PURCHASE: 11 }, load(1, actionCostMax - 10))).toMatch(
      /^The clauses of the active campaigns for PURCHASE would cost 100001 units/,
    );
  });

  it('names the action whose campaigns have terms as long as they may be', () => {
    expect(refuseLoad({ PURCHASE: 1 }, load(1, 0, actionCharactersMax - 1))).toBeUndefined();
    expect(refuseLoad({ PURCHASE: 1 }, load(1, 0, actionCharactersMax))).toBe(
      'The terms of the active campaigns for PURCHASE have 2000000 characters; the maximum is 2000000: end one first',
    );
  });
});
