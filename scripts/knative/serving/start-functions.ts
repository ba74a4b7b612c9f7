import type { FunctionSpec } from '../topology.ts';
import type { Places } from './pod.ts';
import { type FunctionService, prepareService, type ScaleToZero } from './prepare-service.ts';

type Options = Places & Readonly<{ scaleToZero?: ScaleToZero }>;

/** All functions, by name. */
export type Functions = Readonly<{
  get: (name: string) => FunctionService;
  all: readonly FunctionService[];
  start: () => Promise<void>;
  stop: () => Promise<void>;
}>;

/** Prepares each function: its address is known at once, and it runs once started. */
export const prepareFunctions = async (
  specs: readonly FunctionSpec[],
  { scaleToZero, ...places }: Options,
): Promise<Functions> => {
  const all = await Promise.all(specs.map((spec) => prepareService(spec, places, scaleToZero)));
  return {
    all,
    get: (name) => {
      const found = all.find((service) => service.name === name);
      if (found) return found;
      throw new Error(`No Knative Service is named ${name}`);
    },
    start: async () => {
      await Promise.all(all.map((service) => service.start()));
    },
    stop: async () => {
      await Promise.all(all.map((service) => service.stop()));
    },
  };
};
