import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { Kustomization, Resource } from './kinds.ts';
import type { FunctionConfig, Project } from './project.ts';

/** Where the repository begins. */
export const root = join(import.meta.dirname, '../..');

/** Text of files by their path from the root. */
export type Files = ReadonlyMap<string, string>;

/** The parts of the project that are not manifests. */
export type Surroundings = Omit<Project, 'resources' | 'kustomizations'>;

const guidePath = 'docs/operations/deploy.md';

/** Reads everything in `infra/` that is YAML. */
export const readManifests = (): Files =>
  new Map(
    globSync('infra/**/*.yaml', { cwd: root })
      .sort()
      .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
  );

const isKustomization = (document: Resource | Kustomization): document is Kustomization =>
  basename(document.file) === 'kustomization.yaml';

/** Takes the manifests of each file apart, and puts the surroundings beside them. */
export const projectOf = (files: Files, surroundings: Surroundings): Project => {
  const documents = [...files].flatMap(([file, text]) => documentsIn(file, text));
  return {
    ...surroundings,
    kustomizations: documents.filter(isKustomization),
    resources: documents.filter((document): document is Resource => !isKustomization(document)),
  };
};

const documentsIn = (file: string, text: string): readonly (Resource | Kustomization)[] => {
  let begin = 0;
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${file}: ${error.message}`, { cause: error });
    const own = text.slice(begin, document.range[2]);
    begin = document.range[2];
    // YAML is taken at its word here; what it really says is for the rules to see.
    return { ...(document.toJS() as Resource), file, text: own };
  });
};

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
