/** Items in slices of a length, in order; the last one may be shorter. */
export const slices = <Item>(
  items: readonly Item[],
  length: number,
): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  );
