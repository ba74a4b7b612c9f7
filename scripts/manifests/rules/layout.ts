import { ofKind } from '../project.ts';
import type { Rule } from '../rule.ts';

const isListed: Rule['check'] = ({ overlay, resources, files }) => {
  const deployed = new Set(resources.map(({ file }) => file));
  return files
    .filter((file) => !file.includes('/overlays/') || file.startsWith(`${overlay}/`))
    .filter((file) => !deployed.has(file))
    .map((file) => `${file} is not deployed: no kustomization lists it`);
};

/**
 * A first `kubectl diff` is a dry run of creating pods, which need their ServiceAccount before
 * anything is applied.
 */
const isAppliedBeforeDiff: Rule['check'] = (project) => {
  const [before = ''] = project.deployGuide.split('kubectl diff -k');
  return ofKind(project, 'ServiceAccount')
    .filter(({ file }) => !before.includes(`apply -f ${file}`))
    .map(
      ({ file }) => `docs/operations/deploy.md must apply ${file} before the first kubectl diff`,
    );
};

/** The rules of how the manifests are composed. */
export const layoutRules: readonly Rule[] = [
  { name: 'every manifest is deployed', check: isListed },
  { name: 'a first diff finds its service account', check: isAppliedBeforeDiff },
];
