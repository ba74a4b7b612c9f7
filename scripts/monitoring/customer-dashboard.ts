import type { Dashboard, Query } from './dashboard.ts';
import { graph, latency, rates } from './panels.ts';

const matchRate = (window: string) =>
  `sum(increase(guerdon_customer_records_matched_total{match="customer"}[${window}])) / sum(increase(guerdon_customer_records_total{outcome=~"new|changed"}[${window}]))`;

/** The dashboard of records and customers. */
export const customers: Dashboard = {
  name: 'customers',
  title: 'customers and matching',
  panels: [
    graph(
      'Match rate: new and changed records of customers in both sources',
      'percentunit',
      ...['5m', '1h', '1d'].map((window): Query => [matchRate(window), window]),
    ),
    latency('From a record to its commit, by source', 'guerdon_customer_match_seconds', 'source'),
    graph(
      'Errors and retries of match-customer',
      'ops',
      [
        'sum by (code) (rate(guerdon_problems_total{job="match-customer"}[5m]))',
        'refused: {{code}}',
      ],
      [
        'sum(rate(guerdon_requests_total{job="match-customer",status=~"5.."}[5m]))',
        'to be retried',
      ],
      [
        'sum by (topic) (rate(guerdon_dead_letters_resent_total{topic=~"dotnet-details|store-details"}[5m]))',
        'resent: {{topic}}',
      ],
    ),
    graph('Records, compared with a week ago', 'percentunit', [
      'sum by (source) (rate(guerdon_customer_records_total[15m])) / sum by (source) (rate(guerdon_customer_records_total[15m] offset 1w))',
      '{{source}}',
    ]),
    graph(
      'Duplicate rate: records of people with another record in the same source',
      'percentunit',
      [
        'sum by (source) (rate(guerdon_customer_records_matched_total{match="duplicate"}[1h])) / sum by (source) (rate(guerdon_customer_records_total{outcome=~"new|changed"}[1h]))',
        '{{source}}',
      ],
    ),
    rates('Records by source and outcome', 'guerdon_customer_records_total', 'source', 'outcome'),
    rates('Changes of customers', 'guerdon_customer_changes_total', 'kind'),
    rates('Manual decisions', 'guerdon_customer_decisions_total', 'decision'),
    graph('Pairs compared per record', 'short', [
      'sum(rate(guerdon_customer_pairs_total[5m])) / sum(rate(guerdon_customer_records_total{outcome=~"new|changed"}[5m]))',
      'pairs',
    ]),
    graph('Keys that too many records share', 'ops', [
      'sum(rate(guerdon_customer_oversized_blocks_total[5m]))',
      'keys',
    ]),
    rates('Points carried between accounts', 'guerdon_carried_points_total', 'kind'),
    graph('Erasures that are not completed', 'short', [
      'max(max_over_time(guerdon_erasures_open[10m]))',
      'open',
    ]),
  ],
};
