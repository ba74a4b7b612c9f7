import type { Service, Variable } from '../kinds.ts';
import { containerOf, type FunctionConfig, ofKind, type Project } from '../project.ts';
import { each, problemsWhere, type Rule } from '../rule.ts';

const oneManifestEach: Rule['check'] = (project) => {
  const services = ofKind(project, 'Service').map(({ metadata }) => metadata.name);
  const folders = project.functionNames;
  const count = (name: string): number => services.filter((service) => service === name).length;
  return [
    ...folders
      .filter((name) => count(name) !== 1)
      .map((name) => `functions/${name} must have one manifest, has ${count(name)}`),
    ...services
      .filter((name) => !folders.includes(name))
      .map((name) => `Service ${name} has no folder in functions/`),
  ];
};

const namedAfterFunction: Rule['check'] = each('Service', (service) =>
  problemsWhere(
    [
      !new RegExp(`/guerdon/${service.metadata.name}:[^:]+$`).test(containerOf(service).image),
      `image must be guerdon/${service.metadata.name}; the overlay sets registry and tag`,
    ],
    [
      service.file !== `infra/knative/base/${service.metadata.name}.yaml`,
      'must be in a file of its own name',
    ],
  ),
);

/** Read by shared/runtime in every function. */
const runtimeVariables = ['LOG_LEVEL', 'METRICS_PORT'];

/** What a SinkBinding sets in its subject; rules/bindings.ts checks that there is one. */
const injected = ['K_SINK', 'K_CE_OVERRIDES', 'K_CA_CERTS'];

const issues = (env: readonly Variable[], { shape }: FunctionConfig): readonly string[] => {
  const given = new Map(env.map((variable) => [variable.name, variable]));
  const missing = Object.keys(shape).filter(
    (name) =>
      !given.has(name) &&
      !injected.includes(name) &&
      shape[name]?.safeParse(undefined).success === false,
  );
  const unknown = [...given.keys()].filter(
    (name) => !(name in shape) && !runtimeVariables.includes(name),
  );
  const wrong = env.filter(
    ({ name, value }) => value !== undefined && shape[name]?.safeParse(value).success === false,
  );
  return [
    ...missing.map((name) => `must set ${name}, which its config.ts requires`),
    ...unknown.map((name) => `sets ${name}, which its config.ts does not know`),
    ...wrong.map(({ name, value }) => `${name} must not be "${value}" (see its config.ts)`),
  ];
};

const variablesFit: Rule['check'] = each('Service', (service, { functionConfigs }) => {
  const config = functionConfigs.find(({ name }) => name === service.metadata.name);
  return config === undefined ? [] : issues(containerOf(service).env ?? [], config);
});

type Origin = Readonly<{ kind: 'Secret' | 'ConfigMap'; name: string; key: string }>;

/** Every key of a Secret or ConfigMap that a container reads. */
const originsIn = (service: Service): readonly Origin[] =>
  (containerOf(service).env ?? []).flatMap(({ valueFrom }): readonly Origin[] => {
    if (valueFrom === undefined) return [];
    const { secretKeyRef, configMapKeyRef } = valueFrom;
    const { name = '', key = '' } = secretKeyRef ?? configMapKeyRef ?? {};
    return [{ kind: secretKeyRef ? 'Secret' : 'ConfigMap', name, key }];
  });

/** Whether the overlay or a base of it generates the Secret or ConfigMap with that key. */
const generates = (project: Project, { kind, name, key }: Origin): boolean =>
  kind === 'Secret'
    ? ofKind(project, 'Secret').some(
        ({ metadata, stringData = {} }) => metadata.name === name && key in stringData,
      )
    : ofKind(project, 'ConfigMap').some(
        ({ metadata, data = {} }) => metadata.name === name && key in data,
      );

/** Secrets of a real cluster are created by hand, so the guide must show the command. */
const isExplained = ({ deployGuide }: Project, { kind, name, key }: Origin): boolean => {
  const commands = deployGuide.match(/kubectl .*create secret generic (?:.*\\\n)*.*/g) ?? [];
  return (
    kind === 'Secret' &&
    commands.some(
      (command) => command.includes(` ${name} `) && command.includes(`--from-literal=${key}=`),
    )
  );
};

const referencesResolve: Rule['check'] = each('Service', (service, project) =>
  originsIn(service)
    .filter((origin) => !generates(project, origin) && !isExplained(project, origin))
    .map(
      ({ kind, name, key }) =>
        `${kind} ${name} has no ${key} in ${project.overlay}, nor in docs/operations/deploy.md`,
    ),
);

const isSecret = ({ name, value }: Variable): boolean =>
  value !== undefined &&
  (/SECRET|PASSWORD|TOKEN|CREDENTIAL/.test(name) || /:\/\/[^/\s]*@/.test(value));

const noSecretsWritten: Rule['check'] = (project) => [
  ...ofKind(project, 'Secret')
    .filter(({ file }) => !file.includes('/overlays/local/'))
    .map(
      ({ metadata, file }) =>
        `Secret ${metadata.name} must not be in ${file}: only the local overlay may generate secrets`,
    ),
  ...ofKind(project, 'Service').flatMap((service) =>
    (containerOf(service).env ?? [])
      .filter(isSecret)
      .map(({ name }) => `Service ${service.metadata.name}: ${name} must come from a Secret`),
  ),
];

/** The rules on which manifests and code must agree. */
export const environmentRules: readonly Rule[] = [
  { name: 'functions have one manifest each', check: oneManifestEach },
  { name: 'services are named after their function', check: namedAfterFunction },
  { name: 'variables are those of config.ts', check: variablesFit },
  { name: 'secrets and settings come from somewhere', check: referencesResolve },
  { name: 'secrets are not written down', check: noSecretsWritten },
];
