/** Commands of the docs for our resources: no cluster runs them until an operator needs them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemsOf } from './check-command.ts';
import { crdFolder, hasCrds, type ResourceVersion, readResourceVersions } from './crds.ts';
import { type KubectlCommand, kubectlCommandsIn } from './kubectl-command.ts';
import { loadKustomization } from './load-kustomization.ts';
import { root } from './load-project.ts';

if (!hasCrds) console.warn(`SKIPPED: commands against the CRDs, because there is no ${crdFolder}`);

const world = {
  manifests: loadKustomization('infra/knative/overlays/production'),
  versions: hasCrds ? readResourceVersions() : new Map<string, ResourceVersion>(),
};
const commands = globSync('docs/**/*.md', { cwd: root }).flatMap((file) =>
  kubectlCommandsIn(readFileSync(join(root, file), 'utf8')).map((command) => ({ file, command })),
);
const inDocs = (file: string) =>
  commands.filter((each) => each.file === file).map(({ command }) => command);

describe('the commands of the docs', () => {
  it.each(commands.map(({ file, command }) => [file, command.text, command] as const))(
    '%s: %s',
    (_file, _text, command) => {
      expect(problemsOf(command, world)).toEqual([]);
    },
  );

  it('are all found', () => {
    const verbs = inDocs('docs/operations/hot-tenants.md').map(({ verb }) => verb);
    expect(verbs.toSorted()).toEqual(['annotate', 'get', 'patch', 'scale', 'set']);
    expect(commands.length).toBeGreaterThan(30);
  });
});

const bodyOf = (kind: string) =>
  world.manifests.find(({ body }) => body.kind === kind && body.metadata.name === 'tenant-events')
    ?.body;

describe('temporary consumers, as docs/operations/hot-tenants.md adds them', () => {
  const specOf = (kind: string) =>
    bodyOf(kind)?.['spec'] as Readonly<{ consumers: number; partitions: number }>;
  const { scale, annotate, patch, set } = Object.fromEntries(
    inDocs('docs/operations/hot-tenants.md').map((command) => [command.verb, command]),
  ) as Record<'scale' | 'annotate' | 'patch' | 'set', KubectlCommand>;
  const prefix = 'autoscaling.eventing.knative.dev';
  const { annotations = {} } = bodyOf('KafkaSource')?.metadata as Readonly<{
    annotations?: Readonly<Record<string, string>>;
  }>;

  it('are more than before, and at most one for each partition', () => {
    const replicas = Number(scale.flags['--replicas']);
    expect(replicas).toBeGreaterThan(specOf('KafkaSource').consumers);
    expect(replicas).toBeLessThanOrEqual(specOf('KafkaTopic').partitions);
    expect(set.operands).toEqual([
      ...['env', 'deployment/kafka-controller'],
      `DISPATCHERS_MIN_REPLICAS=${replicas}`,
    ]);
    expect(annotate.operands.at(-1)).toBe(`${prefix}/min-scale=${replicas}`);
    expect(replicas).toBeLessThanOrEqual(Number(annotations[`${prefix}/max-scale`]));
  });

  it('end with the values of the manifest, which the page names', () => {
    const page = readFileSync(join(root, 'docs/operations/hot-tenants.md'), 'utf8');
    expect(page.replaceAll(/\s+/g, ' ')).toContain(
      'run both commands with 3 (the annotation with 1)',
    );
    expect([specOf('KafkaSource').consumers, annotations[`${prefix}/min-scale`]]).toEqual([3, '1']);
  });

  it('may be followed by more partitions, never fewer', () => {
    const { spec } = JSON.parse(String(patch.flags['-p'])) as { spec: { partitions: number } };
    expect(spec.partitions).toBeGreaterThan(specOf('KafkaTopic').partitions);
  });
});

describe('a command', () => {
  const problems = (text: string) =>
    kubectlCommandsIn(`\`${text}\``).flatMap((command) => problemsOf(command, world));
  const source = 'kubectl -n guerdon';

  it.each([
    ['a source that does not exist', 'scale kafkasource/tenant-event --replicas=6', 'there is no'],
    ['an annotation that nothing reads', annotated('min-scal=6'), 'is unknown'],
    ['an annotation that is no number', annotated('min-scale=six'), 'must be a whole number'],
    [
      'a field that is misspelt',
      `patch kafkatopic tenant-events --type merge -p '{"spec":{"partition":24}}'`,
      'partition',
    ],
    ['what is so already', 'scale kafkasource/tenant-events --replicas=3', 'changes nothing'],
    ['a verb that nobody checks', 'edit kafkasource tenant-events', 'no verb'],
  ])('is refused for %s', (_name, text, reason) => {
    expect(problems(`${source} ${text}`).join()).toContain(reason);
  });

  it.skipIf(!hasCrds).each([
    ['a resource that cannot be scaled', 'scale pingsource/rank-tick --replicas=2', 'subresource'],
    ['a field of the wrong type', patched('{"spec":{"consumers":"6"}}'), 'must be integer'],
    ['a field that is unknown', patched('{"spec":{"consumer":6}}'), 'additional properties'],
    [
      'a path that no resource has',
      `get kafkasource tenant-events -o jsonpath='{.status.consumer}'`,
      'no field status.consumer',
    ],
  ])('is refused for %s', (_name, text, reason) => {
    expect(problems(`${source} ${text}`).join()).toContain(reason);
  });

  it('is refused in another namespace', () => {
    expect(problems('kubectl scale kafkasource/tenant-events --replicas=6')).toEqual([
      '-n must be guerdon',
    ]);
  });
});

function annotated(pair: string): string {
  return `annotate --overwrite kafkasource tenant-events autoscaling.eventing.knative.dev/${pair}`;
}

function patched(json: string): string {
  return `patch kafkasource tenant-events --type merge -p '${json}'`;
}
