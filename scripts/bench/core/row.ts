import type { ServiceName } from '#scripts/services/service.ts';
import type { AgedSize } from '../aged/fill-ledger.ts';
import { type Bound, type Figure, toFigure } from './figure.ts';
import type { Rounds } from './rounds.ts';
import type { Servers } from './server.ts';

/** What a row measures with. */
export type Bench = Readonly<{
  /** Small sizes and few rounds: shows that the row works, not how fast. */
  quick: boolean;
  /** The directory of this run, removed afterwards. */
  directory: string;
  /** Address of a service that the row needs. */
  urlOf: (service: ServiceName) => string;
  /** Starts a server that ends with the row. */
  start: Servers['start'];
  /** Called with what is being measured now. */
  log: (step: string) => void;
}>;

/** The result of a row. */
export type RowResult = Readonly<{ figures: readonly Figure[]; voids: readonly string[] }>;

/** A row of the benchmark. */
export type Row = Readonly<{
  name: string;
  /** One line for the help. */
  summary: string;
  /** Services to bring up for it. */
  needs: readonly ServiceName[];
  measure: (bench: Bench) => Promise<RowResult>;
  /**
   * The same in an aged world and, in the same rounds, in a young one; absent where age means
   * nothing.
   */
  measureAged?: (bench: Bench, size: AgedSize) => Promise<RowResult>;
}>;

/** A figure to compute from rounds. */
export type Wanted<Variant extends string> = Readonly<{
  figure: string;
  unit: string;
  /** Name of the number in the samples. */
  of: string;
  variant: Variant;
  baseline?: Readonly<{ name: string; variant: Variant; of?: string }>;
  target?: readonly Bound[];
}>;

/** Computes figures from rounds. */
export const figuresOf = <Variant extends string>(
  row: string,
  { samples }: Rounds<Variant>,
  wanted: readonly Wanted<NoInfer<Variant>>[],
): Figure[] =>
  wanted.map(({ figure, unit, of, variant, baseline, target }) => {
    const values = (which: Variant, name: string) =>
      samples.map((sample) => sample[which][name] ?? Number.NaN);
    return toFigure({
      row,
      figure,
      unit,
      values: values(variant, of),
      baseline: baseline && {
        name: baseline.name,
        values: values(baseline.variant, baseline.of ?? of),
      },
      target,
    });
  });
