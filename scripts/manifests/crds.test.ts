import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toJsonSchema } from './crd-schema.ts';
import { crdFolder, hasCrds, type ResourceVersion, readResourceVersions } from './crds.ts';
import { loadKustomization } from './load-kustomization.ts';
import type { Body } from './manifest.ts';

if (!hasCrds) console.warn(`SKIPPED: manifests against the CRDs, because there is no ${crdFolder}`);

describe.skipIf(!hasCrds)('against the CRDs of Knative', () => {
  const versions = hasCrds ? readResourceVersions() : new Map<string, ResourceVersion>();
  const describedKinds =
    'Service KafkaSource KafkaSink Broker Trigger PingSource SinkBinding'.split(' ');
  const described = loadKustomization('infra/knative/overlays/production').filter(({ body }) =>
    describedKinds.includes(body.kind),
  );

  const complaintsAbout = (resource: Body): string[] =>
    versions.get(`${resource.apiVersion} ${resource.kind}`)?.complaintsAbout(resource) ?? [
      `no CRD for ${resource.apiVersion} ${resource.kind}`,
    ];

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
