/** What one variant gave in one round: numbers by name. */
export type Sample = Readonly<Record<string, number>>;

/** Measures a variant once. */
export type Measure = () => Promise<Sample>;

/** The results of a measurement are wrong, so its time is void. */
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
 * Measures all variants in turn, in reverse in every second round (ABBA), so that drift affects
 * them alike. A round in which any result is wrong counts for none of them.
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
    const result = await measureAll(variants, order, (name) =>
      say(`round ${round} of ${rounds}: ${name}`),
    );
    if (typeof result === 'string') voids.push(`round ${round}: ${result}`);
    else samples.push(result);
  }
  if (samples.length === 0) throw new Error(`No valid round: ${voids.join('; ')}`);
  return { samples, voids };
};

/** @returns what each variant gave, or why the round is void. */
const measureAll = async <Variant extends string>(
  variants: Readonly<Record<Variant, Measure>>,
  order: readonly Variant[],
  say: (name: Variant) => void,
): Promise<Record<Variant, Sample> | string> => {
  const sample: Partial<Record<Variant, Sample>> = {};
  try {
    for (const name of order) {
      say(name);
      sample[name] = await variants[name]();
    }
  } catch (error) {
    if (error instanceof VoidRound) return error.message;
    throw error;
  }
  return sample as Record<Variant, Sample>;
};
