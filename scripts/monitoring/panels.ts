import type { Panel, Query } from './dashboard.ts';

/** How often something happens, by labels, as one query. */
export const rateOf = (metric: string, ...labels: readonly string[]): Query => [
  `sum by (${labels.join(', ')}) (rate(${metric}[5m]))`,
  labels.map((label) => `{{${label}}}`).join(' '),
];

/** How often something happens, by labels. */
export const rates = (title: string, metric: string, ...labels: readonly string[]): Panel => ({
  title,
  unit: 'ops',
  queries: [rateOf(metric, ...labels)],
});

/** How long something takes, by a histogram: p50 and p99. */
export const latency = (title: string, metric: string, ...labels: readonly string[]): Panel => ({
  title,
  unit: 's',
  queries: [0.5, 0.99].map((quantile) => [
    `histogram_quantile(${quantile}, sum by (${['le', ...labels].join(', ')}) (rate(${metric}_bucket[5m])))`,
    [`p${quantile * 100}`, ...labels.map((label) => `{{${label}}}`)].join(' '),
  ]),
});

/** Any queries. */
export const graph = (title: string, unit: string, ...queries: readonly Query[]): Panel => ({
  title,
  unit,
  queries,
});
