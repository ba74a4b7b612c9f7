import type { Resource } from '#scripts/manifests/kinds.ts';

type Values = Readonly<Record<string, string>>;

/** The sources of variables. */
export type Sources = Readonly<{
  configMaps: readonly Resource<'ConfigMap'>[];
  secrets: readonly Resource<'Secret'>[];
  /** Values by key that override every Secret and ConfigMap: addresses on this machine. */
  overrides: Values;
}>;

const decodeBase64 = (data: Values): Values =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );

type Named = Readonly<{ metadata: Readonly<{ name: string }> }>;

const named = <T extends Named>(all: readonly T[], name: string): T | undefined =>
  all.find(({ metadata }) => metadata.name === name);

const secretValues = ({ secrets }: Sources, name: string): Values => {
  const secret = named(secrets, name);
  return secret ? { ...decodeBase64(secret.data), ...secret.stringData } : {};
};

const configValues = ({ configMaps }: Sources, name: string): Values =>
  named(configMaps, name)?.data ?? {};

type Variable = Resource<'Service'>['spec']['template']['spec']['containers'][0]['env'][number];
type Reference = NonNullable<NonNullable<Variable['valueFrom']>['secretKeyRef']>;

const lookUp = ({ key, optional }: Reference, values: Values): string | undefined => {
  const value = values[key];
  if (value !== undefined || optional) return value;
  throw new Error(`no ConfigMap, Secret or binding sets ${key}`);
};

const resolve = ({ value = '', valueFrom }: Variable, sources: Sources): string | undefined => {
  const { overrides } = sources;
  const { secretKeyRef: secret, configMapKeyRef: config } = valueFrom ?? {};
  if (secret) return lookUp(secret, { ...secretValues(sources, secret.name), ...overrides });
  if (config) return lookUp(config, { ...configValues(sources, config.name), ...overrides });
  return value;
};

/**
 * The variables of a function's container, with every reference looked up.
 * @throws Error that names the manifest and the variable when a reference cannot be resolved.
 */
export const environmentOf = (service: Resource<'Service'>, sources: Sources): Values => {
  const [container] = service.spec.template.spec.containers;
  const entries = container.env.map((variable) => {
    try {
      return [variable.name, resolve(variable, sources)] as const;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${service.origin}, variable ${variable.name}: ${reason}`, { cause: error });
    }
  });
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
};
