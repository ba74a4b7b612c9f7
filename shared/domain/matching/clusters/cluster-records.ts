/** Two records and how probable it is that they are of one person. One entry for a pair. */
export type ScoredPair = Readonly<{ a: string; b: string; probability: number }>;

/** What a person decided about two records. */
export type LinkDecision = Readonly<{ a: string; b: string; decided: 'same' | 'different' }>;

/** A link that was not followed, and why. */
type RefusedLink = Readonly<{
  a: string;
  b: string;
  /**
   * `decided-different`: people decided that records on both sides are of different persons.
   * `contradiction`: a record of one side clearly differs from one of the other. `too-large`: the
   * customer would have too many records.
   */
  reason: 'decided-different' | 'contradiction' | 'too-large';
}>;

type Input = Readonly<{
  records: readonly string[];
  pairs: readonly ScoredPair[];
  decisions?: readonly LinkDecision[];
}>;

type Terms = Readonly<{
  /** Pairs from this probability on are linked. */
  linkFrom: number;
  /** Pairs below this probability keep their customers apart. */
  apartBelow: number;
  /** Most records of a customer that links alone put together. */
  recordsMax: number;
}>;

type Clusters = Readonly<{
  /** The records of each customer, sorted; customers by their first record. */
  clusters: readonly (readonly string[])[];
  /** For people to review. */
  refused: readonly RefusedLink[];
}>;

/**
 * Groups records into customers: it applies manual decisions first, then links, the most probable
 * first. It refuses and reports a link that would join records decided to be different, contradict
 * a score or make a customer too large. Manual decisions are never overridden: of those that
 * contradict each other, `different` prevails.
 *
 * The result depends only on the set of pairs and decisions, not on their order, and within each
 * set of records connected by links and decisions only on the pairs within it. So when pairs
 * arrive, clustering the connected set that they belong to again gives what a batch would.
 */
export const clusterRecords = (
  { records, pairs, decisions = [] }: Input,
  terms: Terms,
): Clusters => {
  const constraints = {
    different: pairsOf(decisions.filter(({ decided }) => decided === 'different')),
    contradicting: pairsOf(pairs.filter(({ probability }) => probability < terms.apartBelow)),
    recordsMax: terms.recordsMax,
  };
  const groups = new Map(records.map((record): [string, string[]] => [record, [record]]));
  const refused: RefusedLink[] = [];
  for (const link of inOrder(pairs, decisions, terms.linkFrom)) {
    const [left = [], right = []] = [groups.get(link.a), groups.get(link.b)];
    if (left === right) continue;
    const reason = refusalOf(link, [left, right], constraints);
    if (reason) refused.push({ a: link.a, b: link.b, reason });
    else join(groups, left, right);
  }
  const clusters = [...new Set(groups.values())].map((group) => group.toSorted());
  return { clusters: clusters.toSorted(([a = ''], [b = '']) => order(a, b)), refused };
};

type Link = Readonly<{ a: string; b: string; isDecided: boolean }>;

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Decisions before links, links by probability; the records decide between equals. */
const inOrder = (
  pairs: readonly ScoredPair[],
  decisions: readonly LinkDecision[],
  linkFrom: number,
): readonly Link[] => {
  const decided = decisions.filter((decision) => decision.decided === 'same');
  const ranked = [
    ...decided.map(({ a, b }) => ({ ...sorted(a, b), rank: 2 })),
    ...pairs.map(({ a, b, probability }) => ({ ...sorted(a, b), rank: probability })),
  ];
  return ranked
    .filter(({ rank }) => rank >= linkFrom)
    .sort((one, two) => two.rank - one.rank || order(one.a, two.a) || order(one.b, two.b))
    .map(({ a, b, rank }) => ({ a, b, isDecided: rank === 2 }));
};

const sorted = (a: string, b: string) => (a < b ? { a, b } : { a: b, b: a });

type Group = readonly string[];
type Constraints = Readonly<{ different: Meetings; contradicting: Meetings; recordsMax: number }>;
/** For each record, those that it must not meet. */
type Meetings = ReadonlyMap<string, ReadonlySet<string>>;

const pairsOf = (pairs: readonly Readonly<{ a: string; b: string }>[]): Meetings => {
  const meetings = new Map<string, Set<string>>();
  for (const { a, b } of pairs)
    for (const [one, other] of [[a, b] as const, [b, a] as const])
      meetings.set(one, (meetings.get(one) ?? new Set()).add(other));
  return meetings;
};

const refusalOf = (
  { isDecided }: Link,
  [left, right]: readonly [Group, Group],
  { different, contradicting, recordsMax }: Constraints,
): RefusedLink['reason'] | undefined => {
  if (meet(left, right, different)) return 'decided-different';
  if (isDecided) return undefined;
  if (left.length + right.length > recordsMax) return 'too-large';
  return meet(left, right, contradicting) ? 'contradiction' : undefined;
};

const meet = (left: Group, right: Group, meetings: Meetings): boolean =>
  left.some((one) => {
    const others = meetings.get(one);
    return others !== undefined && right.some((other) => others.has(other));
  });

const join = (groups: Map<string, string[]>, left: string[], right: string[]): void => {
  const [small, large] = left.length < right.length ? [left, right] : [right, left];
  large.push(...small);
  for (const record of small) groups.set(record, large);
};
