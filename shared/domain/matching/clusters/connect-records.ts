/**
 * The connected sets of records, each in ascending order: two records are in one set if pairs
 * connect them, directly or through others. Pairs with a record that is not given are ignored.
 */
export const connectRecords = (
  recordNos: Iterable<number>,
  pairs: Iterable<Readonly<{ a: number; b: number }>>,
): readonly (readonly number[])[] => {
  const parents = new Map(Array.from(recordNos, (recordNo) => [recordNo, recordNo]));
  const rootOf = (recordNo: number): number => {
    let at = recordNo;
    let parent = parents.get(at) ?? at;
    while (parent !== at) {
      // Halves the way for the next look-up (Tarjan and van Leeuwen, JACM 31, 1984).
      parents.set(at, parents.get(parent) ?? parent);
      at = parent;
      parent = parents.get(at) ?? at;
    }
    return at;
  };
  for (const { a, b } of pairs) {
    if (!parents.has(a) || !parents.has(b)) continue;
    const [one, other] = [rootOf(a), rootOf(b)];
    // The least record is the root, so the name of a set does not depend on the order of pairs.
    if (one !== other) parents.set(Math.max(one, other), Math.min(one, other));
  }
  const sets = Map.groupBy(parents.keys(), rootOf);
  return [...sets.values()].map((set) => set.toSorted((a, b) => a - b));
};
