import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CrdSchema, toJsonSchema, toResourceSchema } from './crd-schema.ts';
import { loadKustomization } from './load-kustomization.ts';
import { root } from './load-project.ts';
import type { Body } from './manifest.ts';

type Crd = Readonly<{
  spec: {
    group: string;
    names: { kind: string };
    versions: readonly { name: string; schema: { openAPIV3Schema: CrdSchema } }[];
  };
}>;

const folder = join(root, '../shared/knative/crds');
const hasCrds = existsSync(folder);
if (!hasCrds) console.warn(`SKIPPED: manifests against the CRDs, because there is no ${folder}`);

/** A validator for each apiVersion and kind that the folder describes. */
const readValidators = (): ReadonlyMap<string, ValidateFunction> => {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  const crds = globSync('*.yaml', { cwd: folder }).map(
    (file) => parse(readFileSync(join(folder, file), 'utf8')) as Crd,
  );
  return new Map(
    crds.flatMap(({ spec }) =>
      spec.versions.map(({ name, schema }) => [
        `${spec.group}/${name} ${spec.names.kind}`,
        ajv.compile(toResourceSchema(schema.openAPIV3Schema)),
      ]),
    ),
  );
};

describe.skipIf(!hasCrds)('against the CRDs of Knative', () => {
  const validators = hasCrds ? readValidators() : new Map<string, ValidateFunction>();
  const describedKinds =
    'Service KafkaSource KafkaSink Broker Trigger PingSource SinkBinding'.split(' ');
  const described = loadKustomization('infra/knative/overlays/production').filter(({ body }) =>
    describedKinds.includes(body.kind),
  );

  const complaintsAbout = (resource: Body): string[] => {
    const validate = validators.get(`${resource.apiVersion} ${resource.kind}`);
    if (validate === undefined) return [`no CRD for ${resource.apiVersion} ${resource.kind}`];
    validate(resource);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  };

  it.each(described.map(({ body }) => [body.kind, body.metadata.name, body] as const))(
    '%s %s is valid',
    (_kind, _name, body) => {
      expect(complaintsAbout(body)).toEqual([]);
    },
  );

  it.each([
    ['KafkaSource', 'orders', 'ordering', 'orderng'],
    ['KafkaSource', 'orders', 'retry: 15', 'retry: "15"'],
    ['KafkaSource', 'orders', 'timeout: PT75S', 'format: binary'],
    ['KafkaSource', 'orders', 'sources.knative.dev/v1', 'sources.knative.dev/v2'],
    ['KafkaSink', 'campaign-events', 'contentMode: binary', 'contentMode: text'],
    ['Service', 'award-points', 'containerConcurrency', 'containerConcurency'],
    ['Service', 'award-points', 'readOnlyRootFilesystem', 'readonlyRootFilesystem'],
    ['Broker', 'guerdon', ' config:', ' konfig:'],
    ['PingSource', 'rank-tick', 'schedule', 'scedule'],
    ['SinkBinding', 'cms-api-to-broker', 'subject:', 'subjects:'],
    ['SinkBinding', 'cms-api-to-broker', 'kind: Broker', 'kynd: Broker'],
    ['Trigger', 'rebuild-rank-snapshot-on-tick', 'broker: guerdon', 'broker: 1'],
  ])('%s %s with %s spoiled is refused', (kind, name, from, to) => {
    const original = described.find(
      ({ body }) => body.kind === kind && body.metadata.name === name,
    )!;
    const spoiled = original.text.replace(from, to);
    expect(spoiled).not.toBe(original.text);
    expect(complaintsAbout(parse(spoiled) as Body)).not.toEqual([]);
  });
});

describe('toJsonSchema', () => {
  it('refuses unknown fields unless the schema keeps them', () => {
    const properties = { a: { type: 'string' } };
    expect(toJsonSchema({ type: 'object', properties })).toEqual({
      type: 'object',
      properties,
      additionalProperties: false,
    });
    expect(
      toJsonSchema({ properties, 'x-kubernetes-preserve-unknown-fields': true }),
    ).toMatchObject({ additionalProperties: true });
    expect(toJsonSchema({ additionalProperties: { type: 'string' } })).toEqual({
      additionalProperties: { type: 'string' },
    });
  });

  it('knows what is nullable, and what is an integer or a string', () => {
    expect(toJsonSchema({ type: 'string', nullable: true })).toEqual({ type: ['string', 'null'] });
    expect(toJsonSchema({ 'x-kubernetes-int-or-string': true })).toEqual({
      type: ['integer', 'string'],
    });
  });
});
