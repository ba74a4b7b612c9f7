import { type Spread, spreadOf } from './statistics.ts';

/** A target of a figure: for its own value, or for its ratio to the baseline. */
export type Bound = Readonly<
  { of: 'value' | 'ratio' } & ({ atLeast: number } | { atMost: number })
>;

/**
 * One figure of a row: the median over its valid rounds, and a baseline measured in the same
 * rounds.
 */
export type Figure = Readonly<{
  row: string;
  figure: string;
  value: number;
  unit: string;
  spread: Spread;
  /** What it is compared with, and the baseline's median. */
  baseline: string | null;
  baselineValue: number | null;
  /**
   * Median of the ratios within each round: noise that affects both sides of a round cancels out.
   */
  ratio: number | null;
  ratioSpread: Spread | null;
  target: string | null;
  /** Whether the medians meet the target; null where there is none. */
  ok: boolean | null;
  rounds: number;
}>;

type Baseline = Readonly<{ name: string; values: readonly number[] }>;

type Particulars = Readonly<{
  row: string;
  figure: string;
  unit: string;
  /** One value a round. */
  values: readonly number[];
  /** Values of the same rounds. */
  baseline?: Baseline | undefined;
  target?: readonly Bound[] | undefined;
}>;

/** Makes a figure from what its rounds measured. */
export const toFigure = ({ row, figure, unit, values, ...wanted }: Particulars): Figure => {
  const spread = spreadOf(values);
  const comparison = wanted.baseline ? compare(values, wanted.baseline) : nothing;
  const measured = { value: spread.median, ratio: comparison.ratio ?? Number.NaN };
  return {
    row,
    figure,
    value: spread.median,
    unit,
    spread,
    ...comparison,
    ...checkTargets(wanted.target ?? [], measured, unit),
    rounds: values.length,
  };
};

type Comparison = Pick<Figure, 'baseline' | 'baselineValue' | 'ratio' | 'ratioSpread'>;

const nothing: Comparison = { baseline: null, baselineValue: null, ratio: null, ratioSpread: null };

const compare = (values: readonly number[], baseline: Baseline): Comparison => {
  const ratioSpread = spreadOf(
    baseline.values.map((other, round) => (values[round] ?? Number.NaN) / other),
  );
  return {
    baseline: baseline.name,
    baselineValue: spreadOf(baseline.values).median,
    ratio: ratioSpread.median,
    ratioSpread,
  };
};

const checkTargets = (
  bounds: readonly Bound[],
  measured: Readonly<Record<Bound['of'], number>>,
  unit: string,
): Pick<Figure, 'target' | 'ok'> => {
  if (bounds.length === 0) return { target: null, ok: null };
  return {
    target: bounds.map((bound) => toText(bound, unit)).join(', '),
    ok: bounds.every((bound) => isMet(bound, measured[bound.of])),
  };
};

const isMet = (bound: Bound, measured: number): boolean =>
  'atLeast' in bound ? measured >= bound.atLeast : measured <= bound.atMost;

const toText = (bound: Bound, unit: string): string => {
  const limit =
    'atLeast' in bound
      ? `≥ ${bound.atLeast.toLocaleString('en')}`
      : `≤ ${bound.atMost.toLocaleString('en')}`;
  return bound.of === 'ratio' ? `${limit} ×` : `${limit} ${unit}`.trimEnd();
};
