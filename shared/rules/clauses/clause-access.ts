import type { Part } from '../expressions/clause-part.ts';
import { type Interval, intersect } from './interval-index.ts';

/** A part of expressions by whose value campaigns can be found. */
export type IndexedPart = Readonly<{
  /** The same for the same part of any expression. */
  name: string;
  /** Whether its value depends on the time zone. */
  isLocal: boolean;
  type: Part['type'];
  run: Part['run'];
}>;

/** That the value of a part is in an interval. */
export type Probe = Readonly<{ part: IndexedPart; interval: Interval }>;

/**
 * Unless one of these is true, or the value of one of their parts is unknown, a condition is false
 * and nothing in it fails.
 */
export type Access = readonly Probe[];

/**
 * Ways to find out that a condition is false, each sufficient by itself; with none, it has to be
 * evaluated.
 */
export type Accesses = readonly Access[];

/** The accesses of conditions that all have to be true. Their bounds of one part are combined. */
export const ofAll = (conditions: readonly Accesses[]): Accesses => {
  const byPart = new Map<string, Probe>();
  const others: Access[] = [];
  for (const access of conditions.flat()) {
    const [probe, ...more] = access;
    if (probe === undefined || more.length > 0) {
      others.push(access);
      continue;
    }
    const same = byPart.get(probe.part.name);
    const interval = same ? intersect(same.interval, probe.interval) : probe.interval;
    byPart.set(probe.part.name, { ...probe, interval });
  }
  return [...Array.from(byPart.values(), (probe) => [probe]), ...others];
};

/** The accesses of conditions one of which has to be true. */
export const ofAny = (conditions: readonly Accesses[]): Accesses => {
  const [only = [], ...others] = conditions;
  if (others.length === 0) return only;
  const best = conditions.map((accesses) => bestOf(accesses));
  return best.includes(undefined) ? [] : [best.flatMap((access) => access ?? [])];
};

/**
 * The access that probably leaves the fewest candidates, given how many campaigns use the same
 * probe.
 */
export const bestOf = (
  accesses: Accesses,
  sharedBy: (probe: Probe) => number = () => 0,
): Access | undefined => {
  const costOf = (access: Access) =>
    access.reduce((sum, probe) => sum + breadthOf(probe) + sharedBy(probe), 0);
  return accesses.toSorted((one, other) => costOf(one) - costOf(other))[0];
};

/** A value is better than an interval, a bound, or one of two values. */
const breadthOf = ({ interval: { from, to } }: Probe): number => {
  if (from === undefined || to === undefined) return 100;
  if (from !== to) return 10;
  return typeof from === 'boolean' ? 50 : 1;
};

/** The same key for equal probes. */
export const probeName = ({ part, interval }: Probe): string => {
  const { from, to, isAfter = false, isBefore = false } = interval;
  return `${part.name} ${isAfter} ${String(from)} ${isBefore} ${String(to)}`;
};
