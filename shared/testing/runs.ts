const factor = Number(process.env['RUNS'] ?? 1);

/**
 * How often a property is tested or a race is run: often enough to find the faults that the test
 * was written for, times `RUNS` (default: 1).
 */
export const runs = (count: number): number => Math.ceil(count * factor);
