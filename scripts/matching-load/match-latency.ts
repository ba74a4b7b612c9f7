/** Seconds from the time of a record in Kafka to the commit that matched it. */
export type MatchLatency = Readonly<{ records: number; average: number; p50: number; p99: number }>;

const name = 'guerdon_customer_match_seconds';

/** Reads it from the metrics of a pod, over both sources. */
export const readLatency = async (metricsUrl: string): Promise<MatchLatency> =>
  latencyIn(await (await fetch(metricsUrl)).text());

/**
 * Percentiles are interpolated within a bucket, as by `histogram_quantile` of Prometheus:
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export const latencyIn = (metrics: string): MatchLatency => {
  const samples = metrics.split('\n').filter((line) => line.startsWith(name));
  const sumOf = (suffix: string) =>
    samples
      .filter((line) => line.startsWith(`${name}_${suffix}{`))
      .reduce((sum, line) => sum + valueOf(line), 0);
  const buckets = new Map<number, number>();
  for (const line of samples) {
    const bound = /_bucket\{.*?le="([^"]+)"/.exec(line)?.[1];
    if (bound === undefined) continue;
    const le = bound === '+Inf' ? Infinity : Number(bound);
    buckets.set(le, (buckets.get(le) ?? 0) + valueOf(line));
  }
  const records = sumOf('count');
  const cumulative = [...buckets].toSorted(([a], [b]) => a - b);
  return {
    records,
    average: sumOf('sum') / records,
    p50: quantile(cumulative, records * 0.5),
    p99: quantile(cumulative, records * 0.99),
  };
};

const valueOf = (line: string): number => Number(line.slice(line.lastIndexOf(' ') + 1));

const quantile = (
  cumulative: readonly (readonly [le: number, count: number])[],
  rank: number,
): number => {
  const at = cumulative.findIndex(([, count]) => count >= rank);
  const [le, count] = cumulative[at] ?? [Number.NaN, 0];
  const [below, countBelow] = cumulative[at - 1] ?? [0, 0];
  return Number.isFinite(le)
    ? below + ((le - below) * (rank - countBelow)) / Math.max(1, count - countBelow)
    : below;
};
