import { describe, expect, it } from 'vitest';
import { compareAll, randomPairs } from '#scripts/matching/compare-pairs.ts';
import { generateRecords } from '#scripts/matching/generate-records.ts';
import { candidatePairs, matchRecords } from '#scripts/matching/match-records.ts';
import { pairwiseQuality } from '#scripts/matching/pairwise-quality.ts';
import { profileOf } from '#shared/matching/profile-of.ts';
import { defaultModel, problemOfModel } from './matching-model.ts';
import { countTerms } from './term-frequencies.ts';
import { trainModel } from './train-model.ts';

const labelled = generateRecords({ seed: 5, people: 1_500 });
const profiles = labelled.map(({ record }) => profileOf(record, 'IN'));
const frequencies = countTerms(profiles);
const pairs = {
  candidates: compareAll(candidatePairs(profiles), frequencies),
  random: compareAll(randomPairs([profiles, profiles], 50_000), frequencies),
  allPairs: (profiles.length * (profiles.length - 1)) / 2,
};

describe('trainModel', () => {
  it('learns from records without labels what the labels show', () => {
    const model = trainModel(pairs, defaultModel, 'trained-1');
    expect(problemOfModel(model)).toBeUndefined();
    const personOf = new Map(labelled.map(({ personId, record }) => [record.recordId, personId]));
    const quality = pairwiseQuality(matchRecords(profiles, model), personOf);
    expect(quality.precision).toBeGreaterThanOrEqual(0.995);
    expect(quality.recall).toBeGreaterThanOrEqual(0.995);
    const matches = model.prior * pairs.allPairs;
    expect(Math.abs(matches / quality.truePairs - 1)).toBeLessThan(0.05);
  });

  it('is deterministic, and keeps the base where pairs show nothing', () => {
    const again = trainModel(pairs, defaultModel, 'trained-1');
    expect(trainModel(pairs, defaultModel, 'trained-1')).toEqual(again);
    expect(again.fields.document.near?.match).toBeCloseTo(0.08, 9);
    const nothing = trainModel({ ...pairs, candidates: [], random: [] }, defaultModel, 'empty');
    expect(problemOfModel(nothing)).toBeUndefined();
    expect(nothing.fields).toEqual(defaultModel.fields);
  });
});
