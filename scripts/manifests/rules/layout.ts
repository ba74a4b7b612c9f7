import type { Rule } from '../rule.ts';

const isListed: Rule['check'] = ({ resources, files }) => {
  const deployed = new Set(resources.map(({ file }) => file));
  return files
    .filter((file) => !deployed.has(file))
    .map((file) => `${file} is not deployed: no kustomization lists it`);
};

/** What must hold of how the manifests are put together. */
export const layoutRules: readonly Rule[] = [
  { name: 'every manifest is deployed', check: isListed },
];
