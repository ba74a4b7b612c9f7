import { toGrafana } from './dashboard.ts';
import { dashboards } from './dashboards.ts';

/** The generated files of the dashboards. */
export const dashboardFiles = (): ReadonlyMap<string, string> =>
  new Map(
    dashboards.map((dashboard) => [
      `infra/monitoring/dashboards/${dashboard.name}.json`,
      `${JSON.stringify(toGrafana(dashboard), null, 2)}\n`,
    ]),
  );
