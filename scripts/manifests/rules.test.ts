import { describe, expect, it } from 'vitest';
import { allRules } from './all-rules.ts';
import { allBreakages } from './breakages/all-breakages.ts';
import type { Breakage } from './breakages/breakage.ts';
import {
  type Files,
  overlaysIn,
  projectOf,
  readManifests,
  readSurroundings,
} from './load-project.ts';
import { ofKind } from './project.ts';

const manifests = readManifests();
const surroundings = await readSurroundings();
const overlays = overlaysIn(manifests);
const ruleNamed = (name: string) => allRules.find((rule) => rule.name === name);

/**
 * The manifests as they are but for one edit; an edit that no longer applies is a mistake in the
 * test.
 */
const spoiled = ({ file, from, to }: Breakage): Files => {
  if (from === undefined) return new Map([...manifests, [file, to]]);
  const text = manifests.get(file) ?? '';
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${file} does not contain ${String(from)}`);
  return new Map([...manifests, [file, edited]]);
};

/** One broker cannot hold three replicas. */
const exemptions = new Map([['infra/knative/overlays/local', ['topics are durable']]]);

describe.each(overlays)('the manifests as deployed by %s', (overlay) => {
  const project = projectOf(overlay, manifests, surroundings);
  const configured = new Set(surroundings.functionConfigs.map(({ name }) => name));
  for (const { metadata } of ofKind(project, 'Service')) {
    if (!configured.has(metadata.name))
      console.warn(`SKIPPED: variables of ${metadata.name}, which has no config.ts yet`);
  }
  const exempt = exemptions.get(overlay) ?? [];

  it.each(allRules.filter(({ name }) => !exempt.includes(name)))('$name', ({ check }) => {
    expect(check(project)).toEqual([]);
  });
});

it('expects an overlay to deploy its own manifests, not those of others', () => {
  const file = 'infra/knative/overlays/local/more.yaml';
  const files = new Map([...manifests, [file, '']]);
  const { check } = ruleNamed('every manifest is deployed')!;
  const problems = overlaysIn(files).map((overlay) =>
    check(projectOf(overlay, files, surroundings)),
  );
  expect(problems).toEqual([[expect.stringContaining(`${file} is not deployed`)], []]);
});

describe('a broken manifest is reported', () => {
  const production = 'infra/knative/overlays/production';

  it.each(allBreakages)('$rule: $says', (breakage) => {
    const overlay = overlays.find((path) => breakage.file.startsWith(path)) ?? production;
    const project = projectOf(overlay, spoiled(breakage), surroundings);
    expect(ruleNamed(breakage.rule)?.check(project)).toContainEqual(
      expect.stringMatching(breakage.message),
    );
  });

  it('for every rule', () => {
    const broken = new Set(allBreakages.map(({ rule }) => rule));
    expect(allRules.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
  });
});
