/** What was measured of one variant in one round: numbers by name. */
export type Sample = Readonly<Record<string, number>>;

/** Measures a variant once. */
export type Measure = () => Promise<Sample>;

/** The results of a measurement are wrong, so its time is void. */
export class VoidRound extends Error {
  override readonly name = 'VoidRound';
}

/** What was measured of all variants, round by round, and why rounds were void. */
export type Rounds<Variant extends string> = Readonly<{
  samples: readonly Readonly<Record<Variant, Sample>>[];
  voids: readonly string[];
}>;

type Plan<Variant extends string> = Readonly<{
  variants: Readonly<Record<Variant, Measure>>;
  rounds: number;
  /** Called before each measurement. */
  log: (step: string) => void;
}>;

/**
 * Measures all variants in turn, in reverse order in every second round (ABBA), so that drift
 * affects them alike. A round with a wrong result does not count for any of them.
 */
export const interleave = async <Variant extends string>({
  variants,
  rounds,
  log,
}: Plan<Variant>): Promise<Rounds<Variant>> => {
  const names = Object.keys(variants) as Variant[];
  const samples: Record<Variant, Sample>[] = [];
  const voids: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? names : names.toReversed();
    const result = await measureAll(variants, order, (name) =>
      log(`round ${round} of ${rounds}: ${name}`),
    );
    if (typeof result === 'string') voids.push(`round ${round}: ${result}`);
    else samples.push(result);
  }
  if (samples.length === 0) throw new Error(`No valid round: ${voids.join('; ')}`);
  return { samples, voids };
};

/** @returns what was measured of each variant, or why the round is void. */
const measureAll = async <Variant extends string>(
  variants: Readonly<Record<Variant, Measure>>,
  order: readonly Variant[],
  log: (name: Variant) => void,
): Promise<Record<Variant, Sample> | string> => {
  const sample: Partial<Record<Variant, Sample>> = {};
  try {
    for (const name of order) {
      log(name);
      sample[name] = await variants[name]();
    }
  } catch (error) {
    if (error instanceof VoidRound) return error.message;
    throw error;
  }
  return sample as Record<Variant, Sample>;
};
