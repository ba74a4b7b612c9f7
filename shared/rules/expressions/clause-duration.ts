const nanosecondsOf: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
};

const millisecondNs = 1_000_000n;

/** A duration as expressions use it, exact to the nanosecond. Durations compare by their length. */
export class ClauseDuration {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }

  static between(from: Date, to: Date): ClauseDuration {
    return new ClauseDuration(BigInt(to.getTime() - from.getTime()) * millisecondNs);
  }

  valueOf(): bigint {
    return this.nanoseconds;
  }

  /** Whole units of the span. */
  in(unit: 'h' | 'm' | 's' | 'ms'): bigint {
    return this.nanoseconds / (nanosecondsOf[unit] ?? 1n);
  }

  /** The instant that is so much later, in whole milliseconds. */
  after(instant: Date): Date {
    return new Date(instant.getTime() + Number(this.in('ms')));
  }
}

/** Longer than any realistic text of a duration. */
const lengthMax = 40;

/** Ten thousand years, the most that CEL knows. */
const nanosecondsMax = 10_000n * 366n * 24n * 3_600_000_000_000n;

/**
 * Reads a text such as `36h`, `1h30m` or `-1.5s`; undefined if it is invalid or longer than 10,000
 * years.
 */
export const parseDuration = (text: string): ClauseDuration | undefined => {
  if (text.length > lengthMax || !/^[+-]?(\d+(\.\d+)?(h|ms|m|s|us|ns))+$/.test(text)) {
    return undefined;
  }
  const nanoseconds = [...text.matchAll(/(\d+)\.?(\d*)([a-z]+)/g)].reduce(
    (sum, [, whole, fraction, unit]) => sum + inNanoseconds(whole, fraction, unit),
    0n,
  );
  if (nanoseconds > nanosecondsMax) return undefined;
  return new ClauseDuration(text.startsWith('-') ? -nanoseconds : nanoseconds);
};

const inNanoseconds = (whole = '0', fraction = '', unit = 'ns'): bigint => {
  const scale = nanosecondsOf[unit] ?? 0n;
  return BigInt(whole) * scale + (BigInt(`0${fraction}`) * scale) / 10n ** BigInt(fraction.length);
};
