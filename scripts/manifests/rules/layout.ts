import { dirname, join } from 'node:path';
import type { Kustomization } from '../kinds.ts';
import { isFor } from '../overlay.ts';
import type { Project } from '../project.ts';
import { problemsWhere, type Rule } from '../rule.ts';

const listedBy = ({ file, resources = [] }: Kustomization): readonly string[] =>
  resources.map((entry) => join(dirname(file), entry));

const isListed: Rule['check'] = ({ resources, kustomizations }: Project) => {
  const listed = new Set(kustomizations.flatMap(listedBy));
  const files = new Set(resources.map(({ file }) => file));
  const folders = new Set(kustomizations.map(({ file }) => dirname(file)));
  const wanted = [...files, ...folders].filter((path) => !path.includes('/overlays/'));
  return [
    ...wanted
      .filter((path) => !listed.has(path))
      .map((path) => `${path} is in no kustomization, so it would never be deployed`),
    ...[...listed]
      .filter((path) => !files.has(path) && !folders.has(path))
      .map((path) => `${path} is in a kustomization but does not exist`),
  ];
};

/** What the local runtime understands too; anything else would make it differ from the cluster. */
const fields = [
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'generatorOptions',
  'configMapGenerator',
  'secretGenerator',
  'images',
  'patches',
  'file',
  'text',
];

const staysSimple: Rule['check'] = ({ kustomizations }) =>
  kustomizations.flatMap((kustomization) => {
    const { file, generatorOptions, configMapGenerator, secretGenerator } = kustomization;
    const generators = [...(configMapGenerator ?? []), ...(secretGenerator ?? [])];
    return problemsWhere(
      ...Object.keys(kustomization)
        .filter((field) => !fields.includes(field))
        .map((field): [boolean, string] => [
          true,
          `${file}: ${field} is more of kustomize than the local runtime knows`,
        ]),
      [
        generators.length > 0 && generatorOptions?.disableNameSuffixHash !== true,
        `${file}: disableNameSuffixHash must be true, because manifests name Secrets as they are`,
      ],
      [
        generators.some(({ literals }) => literals === undefined),
        `${file}: generators must use literals`,
      ],
      [
        (kustomization.patches ?? []).some(({ patch, target }) => !patch || !target),
        `${file}: patches must be inline and name their target`,
      ],
    );
  });

const patchesHit: Rule['check'] = ({ resources, kustomizations }) =>
  kustomizations.flatMap(({ file, patches = [] }) =>
    patches
      .filter((patch) => !resources.some((resource) => isFor(patch, resource)))
      .map(
        ({ target }) => `${file}: the patch for ${target?.kind} ${target?.name ?? ''} hits nothing`,
      ),
  );

/** What must hold of how the manifests are put together. */
export const layoutRules: readonly Rule[] = [
  { name: 'every manifest is deployed', check: isListed },
  { name: 'patches hit something', check: patchesHit },
  { name: 'kustomizations stay simple', check: staysSimple },
];
