import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Lets tests import scripts and migrations as text, as the bundler does. */
const textFiles = {
  name: 'text-files',
  enforce: 'pre' as const,
  load: (id: string) =>
    /\.(lua|sql)$/.test(id)
      ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))};`
      : undefined,
};

/**
 * No limit decides a test on a busy machine: they end what hangs, and a condition that is waited
 * for comes long before.
 */
const patience = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 30_000 } },
};

/**
 * The files that take longest, by their durations in an `npm test`, the longest first, but not
 * those together that play the whole platform: four of them would keep two processors from
 * anything else.
 */
const longest = [
  'tests/weather',
  'tests/change-capture',
  'tests/faults',
  'scripts/redrive/redrive',
  'tests/conformance',
  'tests/outage',
  'functions/award-points/handler',
  'tests/platform',
  'scripts/knative/dispatchers',
  'scripts/knative/start-knative',
  'shared/runtime/events/serve-events',
  'shared/eventing/kafka/kafka-publisher.faults',
  'shared/runtime/http/access/auth',
  'tests/poisoned-records',
  'tests/compare-topics',
  'functions/cms-api/access',
  'tests/delivery',
  'shared/stores/postgres/driver/connect',
  'scripts/manifests/rules',
  'scripts/manifests/admission/admission',
];

/**
 * Starts the longest files first, so that none runs alone at the end. Project by project: a worker
 * that changes the project is started again.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((file) =>
        new RegExp(`/${file}(\\.int)?\\.test\\.ts$`).test(moduleId),
      );
      return found < 0 ? longest.length : found;
    };
    const isUnit = ({ project }: TestSpecification) => Number(project.name === 'unit');
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => isUnit(a) - isUnit(b) || place(a) - place(b));
  }
}

export default defineConfig({
  plugins: [textFiles],
  test: {
    setupFiles: ['shared/testing/servers/setup-file.ts'],
    // Integration tests wait for networks, leases and retries more than they compute.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    // The report on one line per file; the JSON of `npm test` has the duration of each test.
    slowTestThreshold: 60_000,
    projects: [
      {
        extends: true,
        test: {
          ...patience,
          name: 'unit',
          // Half of their time is importing the same modules. They keep no state in them but
          // metrics.
          isolate: false,
          include: ['{functions,shared,scripts}/**/*.test.ts', 'tests/unit/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          ...patience,
          name: 'integration',
          // Importing the same modules for each file is half of the processor time of the tests of
          // stores.
          isolate: false,
          include: ['{functions,shared,scripts}/**/*.int.test.ts', 'tests/**/*.int.test.ts'],
          globalSetup: ['shared/testing/servers/global-setup.ts'],
        },
      },
    ],
  },
});
