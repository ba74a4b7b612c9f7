/**
 * Whether one string becomes the other by inserting, leaving out or replacing one unit, or by
 * swapping two neighbours; false for equal ones. It takes as many steps as the shorter has units.
 */
export const isOneEdit = (a: string, b: string): boolean => {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (a === b || long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  if (short.length < long.length) return short.slice(start) === long.slice(start + 1);
  const isReplaced = short.slice(start + 1) === long.slice(start + 1);
  return isReplaced || isSwap(short.slice(start), long.slice(start));
};

const isSwap = (a: string, b: string): boolean =>
  a.length > 1 && `${a.charAt(1)}${a.charAt(0)}${a.slice(2)}` === b;
