import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allRules } from '../all-rules.ts';
import { type Files, projectOf, readManifests, readSurroundings, root } from '../load-project.ts';
import ownCases from './cases.json' with { type: 'json' };

const manifests = readManifests();
const surroundings = await readSurroundings();

type Change = Readonly<{ file: string; from: string; to: string }>;

/** The manifests with one change, or undefined if the text to be changed no longer exists. */
const changed = ({ file, from, to }: Change): Files | undefined => {
  const text = manifests.get(file) ?? '';
  return text.includes(from)
    ? new Map([...manifests, [file, text.replace(from, () => to)]])
    : undefined;
};

/** Why the manifests of the changed file's own kustomization are refused. */
const refusalsIn = (files: Files, { file }: Change): readonly string[] => {
  const directory = file.includes('/overlays/')
    ? dirname(file)
    : file.replace(/\/base\/.*/, '/base');
  return projectOf(directory, files, surroundings).refusals;
};

const problemsIn = (files: Files): readonly string[] => {
  const project = projectOf('infra/knative/overlays/production', files, surroundings);
  return allRules.flatMap(({ check }) => check(project));
};

const entry = z.tuple([z.string(), z.string(), z.string()]);
const schema = z.record(
  z.string(),
  z.object({
    refused: z.array(entry),
    /** The fourth is why we are stricter than the server. */
    accepted: z.array(z.union([entry, z.tuple([...entry.def.items, z.string()])])),
  }),
);

const cases = Object.entries(schema.parse(ownCases)).map(([file, { refused, accepted }]) => ({
  refused: refused.map(([name, from, to]) => ({ name, file, from, to })),
  accepted: accepted.map(([name, from, to, reason]) => ({ name, file, from, to, reason })),
}));

/**
 * Each case is one change to a manifest, and the response of a real API server with Knative's
 * webhooks.
 */
describe('a change to the manifests', () => {
  it.each(cases.flatMap(({ refused }) => refused))('$name: refused', (change) => {
    const files = changed(change);
    expect(files, 'the text is no longer in the manifest').toBeDefined();
    expect(refusalsIn(files!, change)).not.toEqual([]);
  });

  it.each(cases.flatMap(({ accepted }) => accepted))('$name: accepted ($reason)', (change) => {
    const files = changed(change);
    expect(files, 'the text is no longer in the manifest').toBeDefined();
    // With a reason we are stricter, without one we agree.
    expect(problemsIn(files!).length > 0).toBe(change.reason !== undefined);
  });
});

const recording = join(root, '../shared/knative/admission-cases.json');
const hasRecording = existsSync(recording);
if (!hasRecording)
  console.warn(`SKIPPED: the recorded admission cases, because there is no ${recording}`);

const recordedCase = z.object({
  id: z.string(),
  file: z.string(),
  from: z.string(),
  to: z.string(),
  server: z.string(),
});

describe.skipIf(!hasRecording)('the recorded admission cases', () => {
  const recorded = hasRecording
    ? z.object({ cases: z.array(recordedCase) }).parse(JSON.parse(readFileSync(recording, 'utf8')))
        .cases
    : [];
  const ours = cases.flatMap(({ refused, accepted }) => [
    ...refused.map(({ name, file, from, to }) => ({ id: name, file, from, to, server: 'refused' })),
    ...accepted.map(({ name, file, from, to }) => ({
      id: name,
      file,
      from,
      to,
      server: 'accepted',
    })),
  ]);

  it('are all among ours, with the same outcomes', () => {
    const verdictsOf = (all: readonly z.infer<typeof recordedCase>[]) =>
      all.map(({ id, server }) => `${id}: ${server}`).sort();
    expect(verdictsOf(ours)).toEqual(verdictsOf(recorded));
  });

  it('make the same changes as ours, unless their text is no longer in the manifests', () => {
    expect(ours).toEqual(
      expect.arrayContaining(recorded.filter((one) => changed(one) !== undefined)),
    );
  });
});
