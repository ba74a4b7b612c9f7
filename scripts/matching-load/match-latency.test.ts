import { expect, it } from 'vitest';
import { latencyIn } from './match-latency.ts';

it('adds up the sources and interpolates within the bucket that has the rank', () => {
  const metrics = `# TYPE guerdon_customer_match_seconds histogram
guerdon_customer_match_seconds_bucket{le="0.01",source="store"} 40
guerdon_customer_match_seconds_bucket{le="0.02",source="store"} 50
guerdon_customer_match_seconds_bucket{le="+Inf",source="store"} 50
guerdon_customer_match_seconds_sum{source="store"} 0.4
guerdon_customer_match_seconds_count{source="store"} 50
guerdon_customer_match_seconds_bucket{le="0.01",source="dotnet"} 40
guerdon_customer_match_seconds_bucket{le="0.02",source="dotnet"} 50
guerdon_customer_match_seconds_bucket{le="+Inf",source="dotnet"} 50
guerdon_customer_match_seconds_sum{source="dotnet"} 0.6
guerdon_customer_match_seconds_count{source="dotnet"} 50
guerdon_other_total 7`;
  const { records, average, p50, p99 } = latencyIn(metrics);
  expect([records, average]).toEqual([100, 0.01]);
  expect(p50).toBeCloseTo((0.01 * 50) / 80);
  expect(p99).toBeCloseTo(0.01 + (0.01 * 19) / 20);
});
