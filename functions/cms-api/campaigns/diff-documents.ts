/** A place of a document that another document has otherwise; what only one of them has is missing on the other side. */
export type ChangedPlace = Readonly<{ place: string; before?: unknown; after?: unknown }>;

/**
 * Finds the places in which two documents of JSON differ, each as deep as it goes and in the order of the first document, then of the
 * second. Lists are compared place by place. Undefined is what is not there.
 */
export const diffDocuments = (
  before: unknown,
  after: unknown,
  place: readonly string[] = [],
): readonly ChangedPlace[] => {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => diffDocuments(before[name], after[name], [...place, name]));
  }
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : [{ place: place.join('.'), before, after }];
};

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
