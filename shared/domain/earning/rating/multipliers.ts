import type { EarningOrder } from '../earning-order.ts';
import type { Tier } from '../tiers/tier-ladder.ts';
import type { AmountBands, EarningTerms, Promotion } from './earning-rule.ts';
import { type Rational, rational } from './rational.ts';
import type { TraceStep } from './trace.ts';

/** Something that multiplies the rated points, and its name in the trace. */
type Multiplier = Readonly<Pick<TraceStep, 'step' | 'says'> & { factor: Rational }>;

const onceBp = 10_000;

/**
 * Returns the multipliers of an order with something left, in the fixed order of application:
 * bands, tier, promotions by id. Multipliers that would change nothing are left out.
 */
export const multipliersFor = (
  { bands, promotions }: Pick<EarningTerms, 'bands' | 'promotions'>,
  order: EarningOrder,
  tier: Tier | undefined,
): readonly Multiplier[] => {
  const multipliers: Multiplier[] = [];
  if (bands !== undefined) multipliers.push(...bandsMultiplier(bands, order.amountMinor));
  if (tier !== undefined) multipliers.push(...named('tier', tier.name, tier.multiplierBp));
  for (const { id, multiplierBp } of promotionsFor(promotions, order)) {
    multipliers.push(...named('promotion', id, multiplierBp));
  }
  return multipliers;
};

const named = (
  step: 'tier' | 'promotion',
  name: string,
  multiplierBp: number,
): readonly Multiplier[] => {
  if (multiplierBp === onceBp) return [];
  const factor = rational(BigInt(multiplierBp), BigInt(onceBp));
  return [{ step, says: `${name} × ${timesText(multiplierBp)}`, factor }];
};

const promotionsFor = (promotions: readonly Promotion[], order: EarningOrder) =>
  promotions
    .filter(({ from, until }) => from <= order.placedAt && order.placedAt < until)
    .filter(({ cohort }) => cohort === undefined || order.cohorts.includes(cohort))
    .sort((one, other) => (one.id < other.id ? -1 : 1));

/** A part of an order's amount and its multiplier. */
type Slice = Readonly<{ amountMinor: number; multiplierBp: number }>;

/**
 * The bands as one multiplier of the whole amount: the weighted mean of those of its slices,
 * exactly.
 */
const bandsMultiplier = (bands: AmountBands, amountMinor: number): readonly Multiplier[] => {
  const slices = slicesOf(bands, amountMinor);
  if (slices.every(({ multiplierBp }) => multiplierBp === onceBp)) return [];
  const weighted = slices.reduce(
    (sum, slice) => sum + BigInt(slice.amountMinor) * BigInt(slice.multiplierBp),
    0n,
  );
  const parts = slices.map((slice) => `${slice.amountMinor} × ${timesText(slice.multiplierBp)}`);
  const factor = rational(weighted, BigInt(amountMinor) * BigInt(onceBp));
  return [{ step: 'bands', says: `${bands.mode} bands: ${parts.join(' + ')}`, factor }];
};

const slicesOf = ({ mode, bands }: AmountBands, amountMinor: number): readonly Slice[] => {
  const base = { fromMinor: 0, multiplierBp: onceBp };
  const reached = [base, ...bands.filter(({ fromMinor }) => fromMinor <= amountMinor)];
  if (mode === 'whole')
    return [{ amountMinor, multiplierBp: (reached.at(-1) ?? base).multiplierBp }];
  return reached
    .map(({ fromMinor, multiplierBp }, index) => {
      const endMinor = reached[index + 1]?.fromMinor ?? amountMinor;
      return { amountMinor: endMinor - fromMinor, multiplierBp };
    })
    .filter((slice) => slice.amountMinor > 0);
};

/** Basis points as a decimal: 15000 is "1.5". */
const timesText = (multiplierBp: number): string => {
  const fraction = multiplierBp % onceBp;
  const whole = (multiplierBp - fraction) / onceBp;
  return fraction === 0
    ? `${whole}`
    : `${whole}.${String(fraction).padStart(4, '0').replace(/0+$/, '')}`;
};
