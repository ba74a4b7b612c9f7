/** The layers of docs/architecture.md, one rule each, so that a violation names the rule it breaks. */
const only = (name, pkg, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: `^(${allowed.join('|')})` },
  to: { path: `(^|/)node_modules/${pkg}/` },
});

/** Composition roots may construct clients; tests, scripts and shared/testing may use anything. */
const edges = [
  'functions/[^/]+/index\\.ts$',
  'shared/testing/',
  'scripts/',
  'tests/',
  '.*\\.test\\.ts$',
];
const layer = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^shared/${from}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^(shared|functions|scripts|tests)/', pathNot: `^shared/(${to.join('|')})/` },
});

/** Folders of stores/postgres, each of which may import those before it. */
const rooms = [
  'driver',
  'schema',
  'journal',
  'privacy',
  'ledger',
  'earning',
  'wallets',
  'tenants',
  'customers',
  'cohorts',
  'campaigns',
  'events',
  'limits',
  'incentives',
  'inbox',
  'webhooks',
  'audit',
  'topics',
  'archive',
  'changes',
];
const roomRules = rooms.slice(0, -1).map((room, index) => ({
  name: `${room}-imports-rooms-before-it`,
  comment: 'docs/architecture.md lists the folders in their order',
  severity: 'error',
  from: { path: `^shared/stores/postgres/${room}/`, pathNot: '\\.test\\.ts$' },
  to: { path: `^shared/stores/postgres/(${rooms.slice(index + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'domain-is-pure',
      comment: 'shared/domain imports only shared/domain: no package, no node: module',
      severity: 'error',
      from: { path: '^shared/domain/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^shared/domain/' },
    },
    layer(
      'stores-know-the-domain',
      'stores',
      ['stores', 'domain'],
      'A store knows its data and nothing of events or hosts',
    ),
    layer(
      'rules-know-the-domain',
      'rules',
      ['rules', 'domain'],
      'Compiling a rule needs no store, no event and no host',
    ),
    layer(
      'matching-knows-the-domain',
      'matching',
      ['matching', 'domain'],
      'Reading a record of a customer needs no store, no event and no host',
    ),
    {
      name: 'clients-stand-alone',
      comment: 'A client knows what an API takes and returns, and nothing of how it is made',
      severity: 'error',
      from: { path: '^(shared/)?clients/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(shared|functions|scripts|tests)/', pathNot: '^shared/clients/' },
    },
    layer(
      'eventing-knows-the-domain',
      'eventing',
      ['eventing', 'domain'],
      'Contracts and transport know no store and no host',
    ),
    layer(
      'runtime-knows-eventing',
      'runtime',
      ['runtime', 'eventing', 'domain'],
      'The host knows no store',
    ),
    {
      name: 'functions-are-islands',
      comment: 'A function never imports another function: they meet through events',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^functions/', pathNot: '^functions/$1/' },
    },
    {
      name: 'nothing-imports-a-function',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(functions|tests)/' },
    },
    {
      name: 'shared-knows-no-script',
      comment: 'Only shared/testing and tests do: they start and read the same servers as the demo',
      severity: 'error',
      from: { path: '^shared/', pathNot: '(^shared/testing/|\\.test\\.ts$)' },
      to: { path: '^scripts/' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { pathNot: '(\\.test\\.ts$|^tests/|^shared/testing/|^vitest)' },
      to: { path: '^shared/testing/' },
    },
    only(
      'postgres-in-its-stores',
      'postgres',
      ['shared/stores/postgres/', ...edges],
      'SQL lives in stores/postgres',
    ),
    only(
      'ioredis-in-its-stores',
      'ioredis',
      ['shared/stores/redis/', ...edges],
      'Redis commands live in stores/redis',
    ),
    only(
      'kafkajs-in-eventing',
      'kafkajs',
      ['shared/eventing/', ...edges],
      'Kafka lives in eventing',
    ),
    only(
      'cel-in-rules',
      '@marcbachmann',
      ['shared/rules/', ...edges],
      'Expressions are compiled in rules',
    ),
    only(
      'duckdb-in-its-stores',
      '@duckdb',
      ['shared/stores/analytics/', ...edges],
      'DuckDB lives in stores/analytics',
    ),
    only(
      'numbering-plans-in-matching',
      'libphonenumber-js',
      ['shared/matching/', ...edges],
      'Phone numbers are read in matching',
    ),
    only(
      'metaphone-in-matching',
      'double-metaphone',
      ['shared/matching/', ...edges],
      'Names sound alike in matching',
    ),
    only('avro-in-eventing', 'avsc', ['shared/eventing/', ...edges], 'Avro lives in eventing'),
    only(
      'framework-in-runtime',
      '@google-cloud',
      ['shared/runtime/', ...edges],
      'Only the host knows the framework',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^clients/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
