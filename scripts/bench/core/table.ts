import { alignColumns } from '#scripts/platform/align-columns.ts';
import type { Figure } from './figure.ts';
import type { Spread } from './statistics.ts';

const headings = ['row', 'figure', 'value', 'spread', 'ratio', 'spread', 'baseline', 'target', ''];

/** Value and ratio. */
const rightAligned = new Set([2, 4]);

/** Figures as a table for people. */
export const toTable = (figures: readonly Figure[]): string =>
  alignColumns([headings, ...figures.map(toLine)], (column) => rightAligned.has(column));

const toLine = (figure: Figure): string[] => {
  const { row, value, unit, spread, ratio, ratioSpread, baseline, baselineValue } = figure;
  return [
    row,
    figure.figure,
    `${toNumber(value)} ${unit}`.trimEnd(),
    toRange(spread),
    ratio === null ? '' : `${toNumber(ratio)} ×`,
    ratioSpread === null ? '' : toRange(ratioSpread),
    baseline === null ? '' : `${baseline}: ${toNumber(baselineValue ?? Number.NaN)}`,
    figure.target ?? '',
    verdicts.get(figure.ok) ?? '',
  ];
};

const verdicts = new Map<boolean | null, string>([
  [true, 'ok'],
  [false, 'MISSED'],
]);

const toRange = ({ min, max }: Spread): string =>
  min === max ? '' : `${toNumber(min)}–${toNumber(max)}`;

/** Three significant digits. */
const toNumber = (value: number): string => {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
};
