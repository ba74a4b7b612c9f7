import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { refusalsOf, writtenIn } from './kinds.ts';
import { loadKustomization } from './load-kustomization.ts';
import type { FunctionConfig, Project } from './project.ts';

/** The root of the repository. */
export const root = join(import.meta.dirname, '../..');

/** Text of files by their path from the root. */
export type Files = ReadonlyMap<string, string>;

/** The parts of the project that are not manifests. */
export type Surroundings = Pick<
  Project,
  'functionNames' | 'functionConfigs' | 'contractTopics' | 'deployGuide'
>;

const guidePath = 'docs/operations/deploy.md';

/** Reads everything in `infra/` that is YAML, except monitoring, which no overlay includes. */
export const readManifests = (): Files =>
  new Map(
    globSync('infra/{knative,kafka-source}/**/*.yaml', { cwd: root })
      .sort()
      .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
  );

/** The directories of all overlays. */
export const overlaysIn = (files: Files): readonly string[] =>
  [...files.keys()]
    .filter((file) => /\/overlays\/[^/]+\/kustomization\.yaml$/.test(file))
    .map((file) => dirname(file));

const build = (overlay: string, files: Files): Pick<Project, 'resources' | 'refusals'> => {
  try {
    const manifests = loadKustomization(overlay, (path) => files.get(path));
    const checked = manifests.map((manifest) => ({ manifest, refusals: refusalsOf(manifest) }));
    return {
      resources: checked
        .filter(({ refusals }) => refusals.length === 0)
        .map(({ manifest }) => writtenIn(manifest)),
      refusals: checked.flatMap(({ refusals }) => refusals),
    };
  } catch (error) {
    return { resources: [], refusals: [error instanceof Error ? error.message : String(error)] };
  }
};

/** The project as an overlay deploys it. */
export const projectOf = (overlay: string, files: Files, surroundings: Surroundings): Project => ({
  ...surroundings,
  ...build(overlay, files),
  overlay,
  files: [...files.keys()].filter((file) => basename(file) !== 'kustomization.yaml'),
});

/** Reads what the manifests must agree with: functions, their variables, contracts, the guide. */
export const readSurroundings = async (): Promise<Surroundings> => {
  const folders = globSync('functions/*/', { cwd: root })
    .map((folder) => basename(folder))
    .sort();
  return {
    functionNames: folders,
    functionConfigs: await Promise.all(folders.filter(hasConfig).map(readConfigOf)),
    contractTopics: await readContractTopics(),
    deployGuide: readFileSync(join(root, guidePath), 'utf8'),
  };
};

const configPath = (name: string): string => join(root, 'functions', name, 'config.ts');

const hasConfig = (name: string): boolean => existsSync(configPath(name));

const load = (path: string): Promise<Readonly<Record<string, unknown>>> =>
  import(pathToFileURL(path).href) as Promise<Record<string, unknown>>;

const configModule = z.object({ shape: z.record(z.string(), z.instanceof(z.ZodType)) });

const readConfigOf = async (name: string): Promise<FunctionConfig> => ({
  name,
  shape: configModule.parse(await load(configPath(name))).shape,
});

const contract = z.object({ type: z.string(), topic: z.string() });

const readContractTopics = async (): Promise<readonly string[]> => {
  const paths = globSync('shared/eventing/contracts/*.ts', {
    cwd: root,
    exclude: ['**/*.test.ts'],
  });
  const modules = await Promise.all(paths.map((path) => load(join(root, path))));
  return modules
    .flatMap((module) => Object.values(module))
    .flatMap((value) => contract.safeParse(value).data?.topic ?? []);
};
