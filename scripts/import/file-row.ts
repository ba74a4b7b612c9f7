/** A row of a file: its fields by name, or why it has none. */
export type FileRow = Readonly<
  { line: number } & ({ fields: Readonly<Record<string, unknown>> } | { problem: string })
>;

/** A file of rows, read in order with bounded memory. */
export type RowFile = Readonly<{
  /** The names of its columns; undefined where each row has its own. */
  columns: readonly string[] | undefined;
  /** The rows after so many. */
  rows: (after: number) => AsyncIterable<FileRow>;
  close: () => Promise<void>;
}>;

/** More characters in a row are refused, so that a missing line break cannot fill the memory. */
export const rowCharactersMax = 1_000_000;

/** The name of a field as contracts write it: `Credit Card` and `credit_card` are `creditCard`. */
export const fieldName = (column: string): string =>
  [...column.matchAll(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{N}]+/gu)]
    .map(([word], index) => {
      const lower = word.toLowerCase();
      return index === 0 ? lower : lower.replace(/^./u, (first) => first.toUpperCase());
    })
    .join('');
