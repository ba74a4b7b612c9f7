import { resolve } from 'node:path';
import type { ServiceName } from '#scripts/services/service.ts';
import { startServices } from '#scripts/services/start-services.ts';
import { terminalReport } from '#scripts/services/terminal-report.ts';
import type { AgedSize } from '../aged/fill-ledger.ts';
import type { Row, RowResult } from './row.ts';
import { createServers } from './server.ts';

/** The outcome of a row; `failure` if it could not be measured. */
type Outcome = RowResult & Readonly<{ failure?: string }>;

/** One per process: two runs at once disturb each other's figures, but not each other's files. */
const runDirectory = resolve(import.meta.dirname, `../../../.guerdon/bench-${process.pid}`);

/** Whether sizes are small, and how large the aged world is, if there is one. */
type Sizes = Readonly<{ quick: boolean; aged: AgedSize | undefined }>;

/** Measures one row in its own directory and leaves nothing behind. */
export const runRow = async (row: Row, { quick, aged }: Sizes): Promise<Outcome> => {
  const report = terminalReport();
  const log = (step: string) => report({ subject: row.name, step });
  const directory = runDirectory;
  const services = await startServices({ directory, need: row.needs, report, temporary: true });
  const servers = createServers(directory);
  const urlOf = (service: ServiceName): string => {
    if (row.needs.includes(service)) return services[service].url;
    throw new Error(`Row ${row.name} does not declare that it needs ${service}`);
  };
  try {
    const bench = { quick, directory, log, urlOf, start: servers.start };
    const result = await (aged ? row.measureAged?.(bench, aged) : row.measure(bench));
    if (result === undefined) throw new Error(`Row ${row.name} has no aged world`);
    report({ subject: row.name, step: 'measured', done: true });
    return result;
  } catch (error) {
    report({ subject: row.name, step: 'failed', done: true });
    return {
      figures: [],
      voids: [],
      failure: String(error instanceof Error ? error.stack : error),
    };
  } finally {
    await servers.stopAll();
    await services.stop();
  }
};
