import type { DuckRows } from '#shared/stores/analytics/duck.ts';

const isNumber = (cell: string): boolean => /^-?\d+(\.\d+)?$/.test(cell);

/** Rows as a table for people: numbers to the right, what is null empty. */
export const textTable = ({ columns, rows }: DuckRows): string => {
  const lines = [columns, ...rows.map((row) => row.map((cell) => cell ?? ''))];
  const widths = columns.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const isRight = columns.map((_, column) =>
    lines.slice(1).every((line) => line[column] === '' || isNumber(line[column] ?? '')),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          isRight[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
