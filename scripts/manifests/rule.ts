import type { Kind, Written } from './kinds.ts';
import { ofKind, type Project } from './project.ts';

/** A condition that the manifests must meet; `check` returns one sentence for each violation. */
export type Rule = Readonly<{ name: string; check: (project: Project) => readonly string[] }>;

/**
 * Turns a check of one manifest into a check of all manifests of its kind; each sentence then
 * starts with the manifest's name.
 */
export const each =
  <K extends Kind>(
    kind: K,
    check: (resource: Written<K>, project: Project) => readonly string[],
  ): Rule['check'] =>
  (project) =>
    ofKind(project, kind).flatMap((resource) =>
      check(resource, project).map((problem) => `${kind} ${resource.metadata.name}: ${problem}`),
    );

/** Keeps the sentences whose condition is true. */
export const problemsWhere = (
  ...cases: readonly (readonly [broken: boolean, problem: string])[]
): readonly string[] => cases.filter(([broken]) => broken).map(([, problem]) => problem);

/** Combines checks into one. */
export const all =
  (...checks: readonly Rule['check'][]): Rule['check'] =>
  (project) =>
    checks.flatMap((check) => check(project));
