import { globSync, readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboardFiles } from '../../scripts/monitoring/dashboard-files.ts';
import { dashboards } from '../../scripts/monitoring/dashboards.ts';

const root = new URL('../..', import.meta.url).pathname;
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');

type Declared = Readonly<{ kind: string; labels: readonly string[] }>;

/** The metrics that the code registers. */
const declared = new Map<string, Declared>(
  globSync('{functions,shared}/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .flatMap((path) =>
      Array.from(
        read(path).matchAll(
          /(?:new |create)(Counter|Gauge|Histogram|BareHistogram)\b.*\(\{([^]*?)\n *\}\)/g,
        ),
        ([, kind = '', options = '']) => {
          const name = /name: '(guerdon_\w+)'/.exec(options)?.[1] ?? 'unnamed';
          const labels = /labelNames: \[([^\]]*)\]/.exec(options)?.[1] ?? '';
          const own = Array.from(labels.matchAll(/'(\w+)'/g), ([, label = '']) => label);
          return [name, { kind, labels: own }] as const;
        },
      ),
    ),
);

/** The labels that Prometheus adds to what it scrapes. */
const scraped = ['job', 'pod', 'namespace', 'instance'];

const labelsOf = (series: string): readonly string[] | undefined => {
  const own = declared.get(series);
  if (own !== undefined) return [...own.labels, ...scraped];
  const [, histogram = '', suffix] = /^(.*)_(bucket|sum|count)$/.exec(series) ?? [];
  const base = declared.get(histogram);
  if (base?.kind.endsWith('Histogram') !== true) return undefined;
  return [...base.labels, ...scraped, ...(suffix === 'bucket' ? ['le'] : [])];
};

type Node = Readonly<{ type: string; parent: string | undefined; text: string; isError: boolean }>;

const nodesOf = (query: string): readonly Node[] => {
  const nodes: Node[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from, to, node }) => {
      const text = query.slice(from, to);
      nodes.push({ type: type.name, parent: node.parent?.type.name, text, isError: type.isError });
    },
  });
  return nodes;
};

/** What is wrong with a query: its syntax, or a series or label that the code does not have. */
const faultsOf = (query: string): readonly string[] => {
  const nodes = nodesOf(query);
  const series = nodes.filter(({ type }) => type === 'Identifier').map(({ text }) => text);
  const labels = (parent: string) =>
    nodes.filter((node) => node.type === 'LabelName' && node.parent === parent);
  const known = series.flatMap((name) => labelsOf(name) ?? []);
  const used = [...labels('UnquotedLabelMatcher'), ...labels('GroupingLabels')];
  return [
    ...(nodes.some(({ isError }) => isError) ? [`syntax error: ${query}`] : []),
    ...series
      .filter((name) => labelsOf(name) === undefined)
      .map((name) => `no such series: ${name}`),
    ...used
      .filter(({ text }) => !known.includes(text))
      .map(({ text }) => `no series has ${text}: ${query}`),
  ];
};

type Rule = Readonly<{
  alert: string;
  expr: string;
  for?: string;
  labels: Readonly<{ severity: string }>;
  annotations: Readonly<{ summary: string }>;
}>;

const { spec } = parse(read('infra/monitoring/alerts.yaml')) as {
  spec: { groups: readonly { name: string; rules: readonly Rule[] }[] };
};
const rules = spec.groups.flatMap((group) => group.rules);

const plain = (text: string): string =>
  text
    .replaceAll('\\|', '|')
    .replace('**Page somebody**', '')
    .replaceAll('`', '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .replace(/\.$/, '')
    .trim();

/** The alerts that the page recommends, if they query a metric of ours. */
const recommended = read('docs/operations/alerts.md')
  .split('## Recommended alerts')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => /^\| (?!when|-)/.test(line))
  .flatMap((line) => {
    const [, when = '', means = ''] = line.split(/(?<!\\)\|/);
    const query = Array.from(when.matchAll(/`([^`]*)`/g), ([, code = '']) => code).find((code) =>
      code.includes('guerdon_'),
    );
    if (query === undefined) return [];
    const [, count, unit] =
      / for (\d+) (min|h|d)\b/.exec(when.replace('grows for 5 min', '')) ?? [];
    return [
      {
        query: query.replaceAll('\\|', '|'),
        absent: when.includes('or the metric is absent'),
        lasts: count === undefined ? undefined : `${count}${unit?.charAt(0)}`,
        severity: line.includes('**Page somebody**') ? 'page' : 'ticket',
        summary: plain(means),
      },
    ];
  });

describe('the alerts', () => {
  it('are the ones that the page recommends, with their queries, times and severity', () => {
    const written = rules.map(({ expr, for: lasts, labels: { severity }, annotations }) => {
      const [query = '', absent] = expr.split(/ or (?=absent_over_time)/);
      return { query, absent: absent !== undefined, lasts, severity, ...annotations };
    });
    const byQuery = (one: { query: string }, other: { query: string }) =>
      one.query < other.query ? -1 : 1;
    expect(written.toSorted(byQuery)).toEqual(recommended.toSorted(byQuery));
    expect(rules.length).toBeGreaterThan(50);
  });

  it('have names of their own, and queries that Prometheus can parse, of metrics and labels that exist', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    expect(rules.flatMap(({ expr }) => faultsOf(expr))).toEqual([]);
  });
});

describe('the dashboards', () => {
  const queries = dashboards.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));

  it('query metrics and labels that exist, and their legends name only these', () => {
    expect(queries.flatMap(([query]) => faultsOf(query))).toEqual([]);
    for (const [query, legend] of queries)
      for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g))
        expect(query).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
  });

  it('are the files that npm run docs writes, and the ConfigMap contains all of them', () => {
    for (const [file, text] of dashboardFiles()) expect(read(file), file).toBe(text);
    const { configMapGenerator } = parse(read('infra/monitoring/kustomization.yaml')) as {
      configMapGenerator: readonly { files: readonly string[] }[];
    };
    const named = configMapGenerator.flatMap(({ files }) => files);
    expect(named.map((file) => `infra/monitoring/${file}`).toSorted()).toEqual(
      [...dashboardFiles().keys()].toSorted(),
    );
  });

  it('have room for each graph, and no two overlap', () => {
    for (const text of dashboardFiles().values()) {
      const { panels } = JSON.parse(text) as { panels: readonly { gridPos: object }[] };
      const places = new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos)));
      expect(places.size).toBe(panels.length);
    }
  });
});

it('finds a series, a label and a bracket that are wrong', () => {
  expect(faultsOf('rate(guerdon_awards_totals[5m]) > 0')).toEqual([
    'no such series: guerdon_awards_totals',
  ]);
  expect(faultsOf('guerdon_awards_total{outcom="booked"}')).toHaveLength(1);
  expect(faultsOf('sum by (kind) (guerdon_awards_total)')).toHaveLength(1);
  expect(faultsOf('sum(guerdon_awards_total')).toHaveLength(1);
});
