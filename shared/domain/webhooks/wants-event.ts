/**
 * Whether an endpoint wants events of a type such as `points.awarded`: by its name, by `points.*`,
 * or by `*`.
 */
export const wantsEvent = (patterns: readonly string[], eventType: string): boolean =>
  patterns.some(
    (pattern) =>
      pattern === '*' ||
      pattern === eventType ||
      (pattern.endsWith('.*') && eventType.startsWith(pattern.slice(0, -1))),
  );
