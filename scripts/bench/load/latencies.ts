/** Collects latencies without making garbage. */
export const createLatencies = (countMax: number) => {
  const values = new Float64Array(countMax);
  let count = 0;
  return {
    add: (milliseconds: number): void => {
      values[count] = milliseconds;
      count += 1;
    },
    count: () => count,
    percentiles: () => {
      const sorted = values.slice(0, count).sort();
      const at = (share: number): number =>
        sorted[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN;
      return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
    },
  };
};
