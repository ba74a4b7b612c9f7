import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterRecords, type LinkDecision, type ScoredPair } from './cluster-records.ts';

const terms = { linkFrom: 0.85, apartBelow: 0.05, recordsMax: 6 };
const records = Array.from({ length: 12 }, (_, number) => `r${String(number).padStart(2, '0')}`);
const cluster = (pairs: readonly ScoredPair[], decisions: readonly LinkDecision[] = []) =>
  clusterRecords({ records, pairs, decisions }, terms);
const together = (pairs: readonly ScoredPair[], decisions?: readonly LinkDecision[]) =>
  cluster(pairs, decisions).clusters.filter((group) => group.length > 1);

const anyRecord = fc.constantFrom(...records);
const anyTwo = fc.tuple(anyRecord, anyRecord).filter(([a, b]) => a < b);
const byPair = { selector: ({ a, b }: Readonly<{ a: string; b: string }>) => `${a} ${b}` };
/** Equal probabilities on purpose, on both sides of each threshold. */
const anyPairs = fc.uniqueArray(
  fc
    .record({ two: anyTwo, probability: fc.constantFrom(0.01, 0.5, 0.86, 0.9, 0.9, 0.99) })
    .map(({ two: [a, b], probability }) => ({ a, b, probability })),
  { ...byPair, maxLength: 30 },
);
const anyDecisions = fc.uniqueArray(
  fc
    .record({ two: anyTwo, decided: fc.constantFrom('same' as const, 'different' as const) })
    .map(({ two: [a, b], decided }) => ({ a, b, decided })),
  { ...byPair, maxLength: 5 },
);

describe('clusterRecords', () => {
  it('puts linked records together, and leaves pairs below the threshold apart', () => {
    const pairs = [
      { a: 'r00', b: 'r01', probability: 0.99 },
      { a: 'r01', b: 'r02', probability: 0.85 },
      { a: 'r02', b: 'r03', probability: 0.849 },
    ];
    expect(together(pairs)).toEqual([['r00', 'r01', 'r02']]);
  });

  it('refuses and reports a link between a record and two that clearly differ', () => {
    const pairs = [
      { a: 'r00', b: 'r02', probability: 0.99 },
      { a: 'r01', b: 'r02', probability: 0.9 },
      { a: 'r00', b: 'r01', probability: 0.01 },
    ];
    expect(together(pairs)).toEqual([['r00', 'r02']]);
    expect(cluster(pairs).refused).toEqual([{ a: 'r01', b: 'r02', reason: 'contradiction' }]);
  });

  it('does not let links make a customer too large', () => {
    const chain = records.slice(1).map((b, at) => ({ a: records[at]!, b, probability: 0.9 }));
    const { clusters, refused } = cluster(chain);
    expect(Math.max(...clusters.map((group) => group.length))).toBeLessThanOrEqual(
      terms.recordsMax,
    );
    expect(refused.every(({ reason }) => reason === 'too-large')).toBe(true);
    expect(refused.length).toBeGreaterThan(0);
  });

  it('never overrides people: different prevails over all, same over scores', () => {
    fc.assert(
      fc.property(anyPairs, anyDecisions, (pairs, decisions) => {
        const { clusters, refused } = cluster(pairs, decisions);
        const groupOf = new Map(
          clusters.flatMap((group) => group.map((record) => [record, group])),
        );
        for (const { a, b, decided } of decisions) {
          const isRefused = refused.some((link) => link.a === a && link.b === b);
          if (decided === 'different') expect(groupOf.get(a)).not.toBe(groupOf.get(b));
          else if (!isRefused) expect(groupOf.get(a)).toBe(groupOf.get(b));
        }
        expect(clusters.flat().toSorted()).toEqual(records);
      }),
    );
  });

  it('gives the same for every order of pairs, decisions, records and both directions', () => {
    fc.assert(
      fc.property(
        anyPairs,
        anyDecisions,
        fc.infiniteStream(fc.nat()),
        (pairs, decisions, chance) => {
          const shuffled = <Item>(items: readonly Item[]) =>
            items
              .map((item) => ({ item, at: chance.next().value as number }))
              .toSorted((a, b) => a.at - b.at)
              .map(({ item }) => item);
          const turned = <Two extends Readonly<{ a: string; b: string }>>(two: Two) =>
            (chance.next().value as number) % 2 ? { ...two, a: two.b, b: two.a } : two;
          const other = clusterRecords(
            {
              records: shuffled(records),
              pairs: shuffled(pairs).map(turned),
              decisions: shuffled(decisions).map(turned),
            },
            terms,
          );
          expect(other.clusters).toEqual(cluster(pairs, decisions).clusters);
        },
      ),
    );
  });

  it('gives the same as a batch when pairs arrive one by one and only what they touch is redone', () => {
    fc.assert(
      fc.property(anyPairs, anyDecisions, (pairs, decisions) => {
        let clusters: readonly (readonly string[])[] = records.map((record) => [record]);
        for (const [at] of pairs.entries()) {
          const arrived = pairs.slice(0, at + 1);
          const links = [...arrived.filter(isLink), ...decisions];
          const touched = connected([arrived[at]!.a, arrived[at]!.b], links);
          const within = <Two extends Readonly<{ a: string; b: string }>>(twos: readonly Two[]) =>
            twos.filter(({ a, b }) => touched.has(a) && touched.has(b));
          const redone = clusterRecords(
            { records: [...touched], pairs: within(arrived), decisions: within(decisions) },
            terms,
          ).clusters;
          clusters = [...clusters.filter(([first]) => !touched.has(first!)), ...redone];
        }
        if (pairs.length === 0) return;
        const known = new Set(pairs.flatMap(({ a, b }) => [a, b]));
        const ofKnown = (groups: readonly (readonly string[])[]) =>
          groups.filter((group) => group.some((record) => known.has(record))).toSorted(byFirst);
        expect(ofKnown(clusters)).toEqual(ofKnown(cluster(pairs, decisions).clusters));
      }),
    );
  });
});

const byFirst = ([a = '']: readonly string[], [b = '']: readonly string[]) => (a < b ? -1 : 1);
const isLink = ({ probability }: ScoredPair) => probability >= terms.linkFrom;

/** The records that links and decisions connect with some. */
const connected = (
  some: readonly string[],
  links: readonly Readonly<{ a: string; b: string }>[],
): ReadonlySet<string> => {
  const found = new Set(some);
  for (const record of found) {
    const next = links.filter(({ a, b }) => a === record || b === record);
    for (const { a, b } of next) found.add(a).add(b);
  }
  return found;
};
