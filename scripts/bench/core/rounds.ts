/** What one variant gave in one round: numbers by name. */
export type Sample = Readonly<Record<string, number>>;

/** Measures a variant once. */
export type Measure = () => Promise<Sample>;

/** The results of a measurement are wrong, so its time says nothing. */
export class VoidRound extends Error {
  override readonly name = 'VoidRound';
}

/** What all variants gave, round by round, and why rounds were void. */
export type Rounds<Variant extends string> = Readonly<{
  samples: readonly Readonly<Record<Variant, Sample>>[];
  voids: readonly string[];
}>;

type Plan<Variant extends string> = Readonly<{
  variants: Readonly<Record<Variant, Measure>>;
  rounds: number;
  /** Hears before each measurement. */
  say: (step: string) => void;
}>;

/**
 * Measures all variants in turn, in every second round in reverse (ABBA), so that what drifts on the machine weighs on all
 * of them alike. A round in which any result is wrong counts for none of them.
 */
export const interleave = async <Variant extends string>({
  variants,
  rounds,
  say,
}: Plan<Variant>): Promise<Rounds<Variant>> => {
  const names = Object.keys(variants) as Variant[];
  const samples: Record<Variant, Sample>[] = [];
  const voids: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? names : names.toReversed();
    try {
      const sample: Partial<Record<Variant, Sample>> = {};
      for (const name of order) {
        say(`round ${round} of ${rounds}: ${name}`);
        sample[name] = await variants[name]();
      }
      samples.push(sample as Record<Variant, Sample>);
    } catch (error) {
      if (!(error instanceof VoidRound)) throw error;
      voids.push(`round ${round}: ${error.message}`);
    }
  }
  if (samples.length === 0) throw new Error(`No valid round: ${voids.join('; ')}`);
  return { samples, voids };
};
