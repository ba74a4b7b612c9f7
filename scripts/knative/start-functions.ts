import { resolve } from 'node:path';
import type { Report } from '#scripts/services/progress.ts';
import { type FunctionProcess, functionProcess } from './function-process.ts';
import type { FunctionSpec } from './topology.ts';

type Options = Readonly<{
  bundles: string;
  directory: string;
  logDirectory: string;
  report: Report;
}>;

/** The processes of all functions, by name. */
export type Functions = Readonly<{
  get: (name: string) => FunctionProcess;
  all: readonly FunctionProcess[];
  start: () => Promise<void>;
  stop: () => Promise<void>;
}>;

/** Prepares a process for each function: it has its address at once, and runs once started. */
export const prepareFunctions = async (
  specs: readonly FunctionSpec[],
  { bundles, directory, logDirectory, report }: Options,
): Promise<Functions> => {
  const all = await Promise.all(
    specs.map(({ name, environment }) => {
      const bundle = resolve(bundles, name, 'index.js');
      const logFile = resolve(logDirectory, `${name}.log`);
      return functionProcess({ name, directory, logFile, bundle, environment, report });
    }),
  );
  return {
    all,
    get: (name) => {
      const found = all.find((process) => process.name === name);
      if (found) return found;
      throw new Error(`No Knative Service is named ${name}`);
    },
    start: async () => {
      await Promise.all(all.map((process) => process.start()));
    },
    stop: async () => {
      await Promise.all(all.map((process) => process.stop()));
    },
  };
};
