/**
 * Lines of cells as text for people: the columns are aligned, to the right where `isRight`, with
 * two spaces between them. The first line has a cell for each column.
 */
export const alignColumns = (
  lines: readonly (readonly string[])[],
  isRight: (column: number) => boolean,
): string => {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return isRight(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
