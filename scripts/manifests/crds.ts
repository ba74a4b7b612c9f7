import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { type CrdSchema, toResourceSchema } from './crd-schema.ts';
import { root } from './load-project.ts';
import type { Body } from './manifest.ts';

type Version = Readonly<{
  name: string;
  schema: Readonly<{ openAPIV3Schema: CrdSchema }>;
  subresources?: Readonly<{ scale?: Readonly<{ specReplicasPath: string }> }>;
}>;

type Crd = Readonly<{
  spec: Readonly<{
    group: string;
    names: Readonly<{ kind: string }>;
    versions: readonly Version[];
  }>;
}>;

/** A version of a resource, as the API server knows it. */
export type ResourceVersion = Readonly<{
  schema: CrdSchema;
  /** What `kubectl scale` sets, such as `.spec.consumers`; undefined where it is refused. */
  replicasPath: string | undefined;
  /** Why the API server would refuse an object, or prune a field of it. */
  complaintsAbout: (body: Body) => string[];
}>;

/** The folder of the CRDs of Knative. */
export const crdFolder = join(root, '../shared/knative/crds');

/** Whether the folder with the CRDs exists. */
export const hasCrds = existsSync(crdFolder);

/** The CRDs in the folder, by apiVersion and kind: `sources.knative.dev/v1 KafkaSource`. */
export const readResourceVersions = (): ReadonlyMap<string, ResourceVersion> => {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  const crds = globSync('*.yaml', { cwd: crdFolder }).map(
    (file) => parse(readFileSync(join(crdFolder, file), 'utf8')) as Crd,
  );
  return new Map(
    crds.flatMap(({ spec: { group, names, versions } }) =>
      versions.map(
        (version) =>
          [`${group}/${version.name} ${names.kind}`, toResourceVersion(ajv, version)] as const,
      ),
    ),
  );
};

const toResourceVersion = (ajv: Ajv, { schema, subresources }: Version): ResourceVersion => {
  const validate = ajv.compile(toResourceSchema(schema.openAPIV3Schema));
  return {
    schema: schema.openAPIV3Schema,
    replicasPath: subresources?.scale?.specReplicasPath,
    complaintsAbout: (body) => {
      validate(body);
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) =>
          `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
      );
    },
  };
};
