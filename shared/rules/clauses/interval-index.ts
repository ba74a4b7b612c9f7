import type { Scalar } from '../expressions/clause-value.ts';

/** Values of one type from one bound to another; a bound that is undefined excludes nothing. */
export type Interval = Readonly<{
  from?: Scalar | undefined;
  to?: Scalar | undefined;
  /** Whether the bounds themselves are excluded. */
  isAfter?: boolean;
  isBefore?: boolean;
}>;

/** An interval with its value. */
type Entry<Item> = Readonly<{ interval: Interval; item: Item }>;

type Tree<Item> = Readonly<{
  root: Entry<Item>;
  left: Tree<Item> | undefined;
  right: Tree<Item> | undefined;
  /** Of the intervals in the tree, the one that ends last. */
  last: Interval;
}>;

/**
 * Finds the items whose intervals contain a value: in the logarithm of their number, and the number
 * that it finds.
 */
export const intervalIndex = <Item>(
  entries: readonly Entry<Item>[],
): ((value: Scalar) => readonly Item[]) => {
  const tree = treeOf(entries.toSorted((one, other) => compareFrom(one.interval, other.interval)));
  return (value) => {
    const found: Item[] = [];
    collect(tree, value, found);
    return found;
  };
};

/** The interval of the values that are in both. */
export const intersect = (one: Interval, other: Interval): Interval => {
  const later = compareFrom(one, other) > 0 ? one : other;
  const earlier = compareTo(one, other) < 0 ? one : other;
  return {
    from: later.from,
    to: earlier.to,
    isAfter: later.isAfter ?? false,
    isBefore: earlier.isBefore ?? false,
  };
};

const treeOf = <Item>(sorted: readonly Entry<Item>[]): Tree<Item> | undefined => {
  const middle = Math.floor(sorted.length / 2);
  const root = sorted[middle];
  if (root === undefined) return undefined;
  const left = treeOf(sorted.slice(0, middle));
  const right = treeOf(sorted.slice(middle + 1));
  const last = [left?.last, right?.last].reduce<Interval>(
    (latest, each) => (each !== undefined && compareTo(each, latest) > 0 ? each : latest),
    root.interval,
  );
  return { root, left, right, last };
};

const collect = <Item>(tree: Tree<Item> | undefined, value: Scalar, found: Item[]): void => {
  if (tree === undefined || isPast(tree.last, value)) return;
  collect(tree.left, value, found);
  if (isAhead(tree.root.interval, value)) return;
  if (!isPast(tree.root.interval, value)) found.push(tree.root.item);
  collect(tree.right, value, found);
};

/** Whether an interval ends before a value. */
const isPast = ({ to, isBefore }: Interval, value: Scalar): boolean =>
  to !== undefined && (isBefore === true ? value >= to : value > to);

/** Whether an interval begins after a value. */
const isAhead = ({ from, isAfter }: Interval, value: Scalar): boolean =>
  from !== undefined && (isAfter === true ? value <= from : value < from);

const compareFrom = (one: Interval, other: Interval): number => {
  if (one.from === undefined || other.from === undefined)
    return Number(one.from !== undefined) - Number(other.from !== undefined);
  return (
    compare(one.from, other.from) || Number(one.isAfter ?? false) - Number(other.isAfter ?? false)
  );
};

const compareTo = (one: Interval, other: Interval): number => {
  if (one.to === undefined || other.to === undefined)
    return Number(one.to === undefined) - Number(other.to === undefined);
  return (
    compare(one.to, other.to) || Number(other.isBefore ?? false) - Number(one.isBefore ?? false)
  );
};

const compare = (one: Scalar, other: Scalar): number => (one < other ? -1 : Number(one > other));
