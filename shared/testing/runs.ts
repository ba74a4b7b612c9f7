const factor = Number(process.env['RUNS'] ?? 1);

/**
 * How often a property is tried or a race is run: as often as its test takes to find the faults it
 * was written for, times `RUNS` (default: 1) for those who look for more.
 */
export const runs = (count: number): number => Math.ceil(count * factor);
