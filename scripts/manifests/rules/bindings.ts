import type { Service, SinkBinding } from '../kinds.ts';
import { exists, type FunctionConfig, ofKind, type Project } from '../project.ts';
import { all, each, problemsWhere, type Rule } from '../rule.ts';

/** Whether a function's config.ts reads where to send its events. */
const readsSink = ({ functionConfigs }: Project, name: string | undefined): boolean =>
  functionConfigs.some(
    (config: FunctionConfig) => config.name === name && 'K_SINK' in config.shape,
  );

const includeLabel = 'bindings.knative.dev/include';

const isIncluded = (project: Project, name: string | undefined): boolean =>
  ofKind(project, 'Service').some(
    ({ metadata }) => metadata.name === name && metadata.labels?.[includeLabel] === 'true',
  );

const hasSubject: Rule['check'] = each('SinkBinding', ({ spec }, project) => {
  const { kind, name, selector } = spec.subject;
  return problemsWhere(
    [selector !== undefined, 'subject must be named: a selector catches what comes later, too'],
    [kind !== 'Service', `subject must be a Service, is ${kind}`],
    [!exists(project, 'Service', name), `subject Service ${name} does not exist`],
    [
      exists(project, 'Service', name) && !readsSink(project, name),
      `subject Service ${name} does not read K_SINK (see its config.ts)`,
    ],
    [
      exists(project, 'Service', name) && !isIncluded(project, name),
      `subject Service ${name} needs label ${includeLabel}: "true", or the binding skips it where it selects by inclusion`,
    ],
  );
});

const hasSink: Rule['check'] = each('SinkBinding', ({ spec }, project) => {
  const { kind = 'nothing', name } = spec.sink.ref ?? {};
  return problemsWhere(
    [kind !== 'Broker', 'sink must be a Broker: it keeps what it took, and its Triggers retry'],
    [!exists(project, kind, name), `sink ${kind} ${name} does not exist`],
  );
});

const bindingsOf = (project: Project, { metadata }: Service): readonly SinkBinding[] =>
  ofKind(project, 'SinkBinding').filter(({ spec }) => spec.subject.name === metadata.name);

const hasOneBinding: Rule['check'] = each('Service', (service, project) => {
  const { length: count } = bindingsOf(project, service);
  return problemsWhere(
    [
      readsSink(project, service.metadata.name) && count === 0,
      'its config.ts reads K_SINK, and no SinkBinding gives it one',
    ],
    [count > 1, `${count} SinkBindings give it K_SINK, and one of them wins`],
  );
});

/** The rules for how functions get the address for their events. */
export const bindingRules: readonly Rule[] = [
  {
    name: 'sink bindings bind someone to something',
    check: all(hasSubject, hasSink),
  },
  { name: 'functions that send events have one sink', check: hasOneBinding },
];
