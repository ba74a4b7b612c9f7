import { type Spread, spreadOf } from './statistics.ts';

/** A limit that a figure is held to: its own value, or its ratio to the baseline. */
export type Bound = Readonly<
  { of: 'value' | 'ratio' } & ({ atLeast: number } | { atMost: number })
>;

/** One figure of a row: the median over its valid rounds, beside a baseline measured in the same rounds. */
export type Figure = Readonly<{
  row: string;
  figure: string;
  value: number;
  unit: string;
  spread: Spread;
  /** What it is compared with, and what that reached. */
  baseline: string | null;
  baselineValue: number | null;
  /** Median of the ratios within each round, which noise that comes and goes cannot move. */
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
export const toFigure = ({
  row,
  figure,
  unit,
  values,
  baseline,
  target = [],
}: Particulars): Figure => {
  const spread = spreadOf(values);
  const ratios = baseline?.values.map((other, round) => (values[round] ?? Number.NaN) / other);
  const ratioSpread = ratios ? spreadOf(ratios) : null;
  const measured = { value: spread.median, ratio: ratioSpread?.median ?? Number.NaN };
  return {
    row,
    figure,
    value: spread.median,
    unit,
    spread,
    baseline: baseline?.name ?? null,
    baselineValue: baseline ? spreadOf(baseline.values).median : null,
    ratio: ratioSpread?.median ?? null,
    ratioSpread,
    target: target.length === 0 ? null : target.map((bound) => toText(bound, unit)).join(', '),
    ok: target.length === 0 ? null : target.every((bound) => isMet(bound, measured[bound.of])),
    rounds: values.length,
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
