import { expect, it } from 'vitest';
import { pairwiseQuality } from '#scripts/matching/pairwise-quality.ts';
import { personOfRecord } from '#scripts/matching/stream-records.ts';
import { generatedLoad } from './generated-load.ts';

it('counts the pairs of people who are in both sources, whose records name them', () => {
  const load = generatedLoad({ seed: 3, records: 8_000 });
  const labelled = load.records().toArray();
  expect(labelled).toHaveLength(8_000);
  for (const { personId, record } of labelled)
    expect(personOfRecord(record.recordId)).toBe(personId);
  const people = [...Map.groupBy(labelled, ({ personId }) => personId).values()];
  const inBoth = people.filter((own) => new Set(own.map(({ record }) => record.source)).size > 1);
  const personOf = new Map(
    inBoth.flat().map(({ personId, record }) => [record.recordId, personId]),
  );
  expect(load.truePairs()).toBe(pairwiseQuality([], personOf).truePairs);
});
