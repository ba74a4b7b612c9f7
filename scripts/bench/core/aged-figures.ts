import type { Wanted } from './row.ts';

/** How much slower an aged world may be than a young one. */
export const timesSlowerMax = 1.5;

const paced = {
  unit: 'ms',
  variant: 'agedPaced',
  baseline: { name: 'young', variant: 'youngPaced' },
  target: [{ of: 'ratio', atMost: timesSlowerMax }],
} as const;

type AgedVariant = 'young' | 'aged' | 'youngPaced' | 'agedPaced';

/** What an aged world sustains compared with a young one, and its latency at half of that. */
export const agedFigures = (sustained: string, unit: string): readonly Wanted<AgedVariant>[] => [
  {
    ...{ figure: sustained, unit, of: 'perSecond' },
    variant: 'aged',
    baseline: { name: 'young', variant: 'young' },
    target: [{ of: 'ratio', atLeast: 1 / timesSlowerMax }],
  },
  { figure: 'rate of the latencies', unit, of: 'ratePerSecond', variant: 'agedPaced' },
  { ...paced, figure: 'p50 at half of what is sustained, aged', of: 'p50' },
  { ...paced, figure: 'p95 at half of what is sustained, aged', of: 'p95' },
  { ...paced, figure: 'p99 at half of what is sustained, aged', of: 'p99' },
];
