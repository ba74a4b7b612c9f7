/** A query and the text of its series; `{{label}}` is the value of a label. */
export type Query = readonly [expression: string, legend: string];

/** A graph of some queries. */
export type Panel = Readonly<{
  title: string;
  /** A unit of Grafana, such as `s`, `ops` or `percentunit`. */
  unit: string;
  queries: readonly Query[];
}>;

/** The panels of one subject. */
export type Dashboard = Readonly<{ name: string; title: string; panels: readonly Panel[] }>;

const columns = 2;
const [width, height] = [12, 8];

/**
 * Returns the model that Grafana imports: two graphs a row, from a data source that the viewer
 * selects. The names of fields are those of Grafana's dashboard JSON model.
 */
export const toGrafana = ({ name, title, panels }: Dashboard): object => ({
  uid: `guerdon-${name}`,
  title: `Guerdon: ${title}`,
  tags: ['guerdon'],
  schemaVersion: 39,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [{ name: 'source', label: 'Data source', type: 'datasource', query: 'prometheus' }],
  },
  panels: panels.map((panel, index) => ({
    id: index + 1,
    type: 'timeseries',
    title: panel.title,
    datasource: { type: 'prometheus', uid: '${source}' },
    gridPos: {
      x: (index % columns) * width,
      y: Math.floor(index / columns) * height,
      w: width,
      h: height,
    },
    fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
    targets: panel.queries.map(([expr, legendFormat], query) => ({
      refId: String.fromCodePoint(65 + query),
      expr,
      legendFormat,
    })),
  })),
});
