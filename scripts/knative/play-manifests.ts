import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LocalKnative } from './local-knative.ts';
import { startKnative } from './start-knative.ts';

type Place = Readonly<{
  /** The folder of the manifests, the bundles and the logs. */
  directory: string;
  brokers: readonly string[];
  /** `rewards` unless given. */
  namespace?: string;
}> &
  Pick<Parameters<typeof startKnative>[0], 'dispatchers' | 'scaleToZero' | 'timeFactor'>;

/** Runs manifests that a test defines, in one namespace. */
export const playManifests = async (
  { directory, namespace = 'rewards', ...options }: Place,
  ...manifests: readonly object[]
): Promise<LocalKnative> => {
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: ['all.yaml'],
  };
  await writeFile(join(directory, 'kustomization.yaml'), stringify(kustomization));
  const documents = manifests.map((manifest) => stringify(manifest)).join('---\n');
  await writeFile(join(directory, 'all.yaml'), documents);
  return startKnative({
    manifests: directory,
    ...options,
    values: {},
    bundles: directory,
    logDirectory: directory,
  });
};
