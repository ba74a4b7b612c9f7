import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CampaignDecision } from '#shared/domain/campaigns/decision.ts';
import { type DecisionRow, toDecision, toDecisionRow } from './decision-rows.ts';

const result = fc.oneof(
  fc.constantFrom('yes' as const, 'no' as const, 'skipped' as const),
  fc.record({ error: fc.string() }),
);
const decision: fc.Arbitrary<CampaignDecision> = fc.record(
  {
    campaignId: fc.uuid(),
    version: fc.nat(),
    outcome: fc.constantFrom('qualified' as const, 'no-match' as const, 'excluded' as const),
    steps: fc.array(fc.record({ step: fc.nat(20), clauses: fc.array(result) })),
    excludedBy: fc.uuid(),
    incentiveIds: fc.array(fc.uuid()),
  },
  { requiredKeys: ['campaignId', 'version', 'outcome'] },
);

describe('toDecisionRow', () => {
  it('keeps every decision through JSON and back', () => {
    fc.assert(
      fc.property(decision, (one) => {
        const stored = JSON.parse(JSON.stringify(toDecisionRow(one))) as DecisionRow;
        expect(toDecision(stored)).toEqual(one);
      }),
    );
  });

  it('writes what is most often decided in few characters', () => {
    const steps = [{ step: 0, clauses: ['no', 'skipped', 'skipped'] as const }];
    expect(
      JSON.stringify(toDecisionRow({ campaignId: 'c', version: 2, outcome: 'no-match', steps })),
    ).toBe('["c",2,"no-match",[[0,"nss"]]]');
  });
});
