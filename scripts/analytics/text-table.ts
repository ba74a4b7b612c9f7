import type { DuckRows } from '#shared/stores/analytics/duck.ts';
import { alignColumns } from '../platform/align-columns.ts';

const isNumber = (cell: string): boolean => /^-?\d+(\.\d+)?$/.test(cell);

/** Rows as a table for people: numbers are right-aligned, nulls are empty. */
export const textTable = ({ columns, rows }: DuckRows): string => {
  const lines = [columns, ...rows.map((row) => row.map((cell) => cell ?? ''))];
  const isRight = columns.map((_, column) =>
    lines.slice(1).every((line) => line[column] === '' || isNumber(line[column] ?? '')),
  );
  return alignColumns(lines, (column) => isRight[column] ?? false);
};
