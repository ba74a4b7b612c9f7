import type { LabelledRecord } from '#scripts/matching/generate-records.ts';
import { streamRecords } from '#scripts/matching/stream-records.ts';

/** So many generated records, in memory that does not depend on their number. */
export type GeneratedLoad = Readonly<{
  /** Yields the records once. */
  records: () => IteratorObject<LabelledRecord>;
  /** Pairs of records of one person who is in both sources, among the records yielded so far. */
  truePairs: () => number;
}>;

/** Generates records and counts what matching should find in them. */
export const generatedLoad = ({
  seed,
  records,
}: Readonly<{ seed: number; records: number }>): GeneratedLoad => {
  const pairs = pairCounter();
  return {
    // Each person has at least one record.
    records: () =>
      streamRecords({ seed, people: records })
        .take(records)
        .map((labelled) => {
          pairs.add(labelled);
          return labelled;
        }),
    truePairs: pairs.total,
  };
};

/** Records of one person follow each other within a chunk of the stream. */
const pairCounter = () => {
  let chunk = '';
  let counts = new Map<string, { dotnet: number; store: number }>();
  let closed = 0;
  const total = () =>
    counts.values().reduce((sum, { dotnet, store }) => {
      const both = dotnet + store;
      return dotnet > 0 && store > 0 ? sum + (both * (both - 1)) / 2 : sum;
    }, closed);
  return {
    total,
    add: ({ personId, record: { source } }: LabelledRecord): void => {
      const own = personId.split('-')[0] ?? '';
      if (own !== chunk) {
        closed = total();
        counts = new Map();
        chunk = own;
      }
      const count = counts.get(personId) ?? { dotnet: 0, store: 0 };
      counts.set(personId, { ...count, [source]: count[source] + 1 });
    },
  };
};
