import { generateRecords, type LabelledRecord } from './generate-records.ts';

/** People whose records are in memory at once. */
const chunkPeople = 2_000;

/**
 * Records of any number of synthetic people, in memory that does not depend on it: as
 * `generateRecords`, shuffled among some thousand people. Ids are unique, and the same options
 * always give the same records.
 */
export function* streamRecords({
  seed,
  people,
}: Readonly<{ seed: number; people: number }>): Generator<LabelledRecord> {
  for (let first = 0; first < people; first += chunkPeople) {
    const count = Math.min(chunkPeople, people - first);
    for (const { personId, record } of generateRecords({ seed: seed + first, people: count }))
      yield {
        personId: `${first}-${personId}`,
        record: { ...record, recordId: `${record.recordId}-${first}` },
      };
  }
}

/** The person of a record of `streamRecords`, by its id. */
export const personOfRecord = (recordId: string): string => {
  const [, person = '', , first = ''] = recordId.split('-');
  return `${first}-${person}`;
};
