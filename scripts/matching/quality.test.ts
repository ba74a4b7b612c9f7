import { describe, expect, it } from 'vitest';
import { blockingKeys, blockingKeysMax } from '#shared/domain/matching/blocking-keys.ts';
import { profileOf } from '#shared/matching/profile-of.ts';
import { generateRecords } from './generate-records.ts';
import { matchRecords } from './match-records.ts';
import { pairwiseQuality } from './pairwise-quality.ts';

const labelled = generateRecords({ seed: 20_261_122, people: 2_000 });
const profiles = labelled.map(({ record }) => profileOf(record, 'IN'));

describe('matching', () => {
  it('finds 99.5 % of the pairs of one person, and 99.5 % of what it finds is right', () => {
    const personOf = new Map(labelled.map(({ personId, record }) => [record.recordId, personId]));
    const { precision, recall, truePairs } = pairwiseQuality(matchRecords(profiles), personOf);
    expect(truePairs).toBeGreaterThan(5_000);
    expect(precision).toBeGreaterThanOrEqual(0.995);
    expect(recall).toBeGreaterThanOrEqual(0.995);
  });

  it('gives the same customers for the records in another order', () => {
    const some = profiles.slice(0, 1_500);
    expect(matchRecords(some.toReversed())).toEqual(matchRecords(some));
  });

  it('bounds the keys of every record', () => {
    expect(Math.max(...profiles.map((one) => blockingKeys(one).length))).toBeLessThanOrEqual(
      blockingKeysMax,
    );
  });
});

describe('generateRecords', () => {
  it('makes the same records for the same seed', () => {
    const make = (seed: number) => generateRecords({ seed, people: 50 });
    expect(make(1)).toEqual(make(1));
    expect(make(2)).not.toEqual(make(1));
  });
});
