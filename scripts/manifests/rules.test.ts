import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allRules } from './all-rules.ts';
import { allBreakages } from './breakages/all-breakages.ts';
import type { Breakage } from './breakages/breakage.ts';
import { type Files, projectOf, readManifests, readSurroundings } from './load-project.ts';
import { overlaid } from './overlay.ts';
import { ofKind } from './project.ts';

const manifests = readManifests();
const surroundings = await readSurroundings();
const ruleNamed = (name: string) => allRules.find((rule) => rule.name === name);

/** The manifests as they are but for one edit; an edit that no longer applies is a mistake in the test. */
const spoiled = ({ file, from, to }: Breakage): Files => {
  if (from === undefined) return new Map([...manifests, [file, to]]);
  const text = manifests.get(file) ?? '';
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${file} does not contain ${String(from)}`);
  return new Map([...manifests, [file, edited]]);
};

describe('the manifests', () => {
  const project = projectOf(manifests, surroundings);
  const configured = new Set(surroundings.functionConfigs.map(({ name }) => name));
  for (const { kind, metadata } of project.resources) {
    if (kind === 'Service' && !configured.has(metadata.name))
      console.warn(`SKIPPED: variables of ${metadata.name}, which has no config.ts yet`);
  }

  it.each(allRules)('$name', ({ check }) => {
    expect(check(project)).toEqual([]);
  });
});

describe('the manifests as deployed by', () => {
  const project = projectOf(manifests, surroundings);
  /** One broker cannot hold three replicas. */
  const relaxed = new Map([['infra/knative/overlays/local', ['topics are durable']]]);
  const overlays = project.kustomizations.filter(({ file }) => file.includes('/overlays/'));

  it.each(overlays)('$file', (overlay) => {
    const exempt = relaxed.get(dirname(overlay.file)) ?? [];
    const rules = allRules.filter(({ name }) => !exempt.includes(name));
    const deployed = overlaid(project, overlay);
    expect(rules.flatMap(({ check }) => check(deployed))).toEqual([]);
  });

  it('an overlay, its patches merged into what they are for and nothing else', () => {
    const local = overlays.find(({ file }) => file.includes('/local/'))!;
    const topics = ofKind(overlaid(project, local), 'KafkaTopic');
    expect(
      topics.map(({ metadata, spec }) => [metadata.name, spec?.partitions, spec?.replicas]),
    ).toEqual(
      ofKind(project, 'KafkaTopic').map(({ metadata, spec }) => [
        metadata.name,
        spec?.partitions,
        1,
      ]),
    );
    expect(ofKind(overlaid(project, local), 'Trigger')).toEqual(ofKind(project, 'Trigger'));
  });
});

describe('a broken manifest is reported', () => {
  it.each(allBreakages)('$rule: $says', (breakage) => {
    const problems = ruleNamed(breakage.rule)?.check(projectOf(spoiled(breakage), surroundings));
    expect(problems).toContainEqual(expect.stringMatching(breakage.says));
  });

  it('for every rule', () => {
    const broken = new Set(allBreakages.map(({ rule }) => rule));
    expect(allRules.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
  });
});
