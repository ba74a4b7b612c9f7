import { type Metric, register } from 'prom-client';

type Options = Readonly<{ name: string; help: string; buckets: readonly number[] }>;

/**
 * A histogram without labels that a scrape reads like any other, and that only adds numbers
 * meanwhile. prom-client's own looks its labels up at each observation, which took more than a µs
 * of the 20 that the host spends on a request.
 */
export const createBareHistogram = ({ name, help, buckets }: Options) => {
  const counts = [...buckets, Number.POSITIVE_INFINITY].map(() => 0);
  let sum = 0;

  const values = () => {
    let below = 0;
    const bars = counts.map((count, index) => {
      below += count;
      const labels = { le: buckets[index] ?? '+Inf' };
      return { metricName: `${name}_bucket`, labels, value: below };
    });
    return [
      ...bars,
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: below },
    ];
  };
  const get = () =>
    Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: values() });
  const reset = () => {
    counts.fill(0);
    sum = 0;
  };
  // The registry only uses the name of a metric and these.
  register.registerMetric({ name, get, reset } as unknown as Metric);

  return {
    observe: (value: number): void => {
      let index = 0;
      while (value > (buckets[index] ?? Number.POSITIVE_INFINITY)) index += 1;
      counts[index] = (counts[index] ?? 0) + 1;
      sum += value;
    },
  };
};
