/** Throws when an invariant of ours does not hold: a bug, answered 500. Never for bad input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}
