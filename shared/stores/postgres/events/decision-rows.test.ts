import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import type { CampaignDecision } from '#shared/domain/campaigns/decision.ts';
import { type DecisionRow, toDecision, toDecisionRow } from './event-rows.ts';

const words = fc.array(fc.constantFrom('yes', 'no', 'skipped'));
const error = fc.record({ error: fc.string({ maxLength: 100 }) });
/** What a step answered: one error at most is kept in full. */
const clauses = fc
  .tuple(words, fc.array(error, { maxLength: 1 }), words)
  .map((parts): readonly ClauseResult[] => parts.flat());
const decision: fc.Arbitrary<CampaignDecision> = fc.record(
  {
    campaignId: fc.uuid(),
    version: fc.nat(),
    outcome: fc.constantFrom('qualified' as const, 'no-match' as const, 'excluded' as const),
    steps: fc.array(fc.record({ step: fc.nat(20), clauses })),
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

  it('reads errors in full where a former version wrote them', () => {
    const results = ['yes', { error: 'a' }, { error: 'b' }] as const;
    expect(toDecision(['c', 2, 'no-match', [[0, results]]]).steps).toEqual([
      { step: 0, clauses: results },
    ]);
  });

  it('is at most 6 kB for the largest campaign, whatever its clauses answer', () => {
    const errors = Array.from({ length: 5 }, (): ClauseResult => ({ error: '"'.repeat(1_000) }));
    const steps = Array.from({ length: 20 }, (_step, step) => ({ step, clauses: errors }));
    const campaignId = '00000000-0000-0000-0000-000000000000';
    const row = toDecisionRow({ campaignId, version: 1, outcome: 'not-in-cohort', steps });
    expect(JSON.stringify(row).length).toBeLessThan(6_000);
  });

  it('writes what is most often decided in few characters', () => {
    const steps = [{ step: 0, clauses: ['no', 'skipped', 'skipped'] as const }];
    expect(
      JSON.stringify(toDecisionRow({ campaignId: 'c', version: 2, outcome: 'no-match', steps })),
    ).toBe('["c",2,"no-match",[[0,"nss"]]]');
  });
});
