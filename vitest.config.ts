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
  hookTimeout: 300_000,
  expect: { poll: { timeout: 30_000 } },
};

/** Starts the files first that wait for minutes, so that the others run beside them. */
class LongWaitsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const waitsLong = ({ moduleId }: TestSpecification) =>
      /\/tests\/(weather|faults|outage|platform)\.int\.test\.ts$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(waitsLong), ...sorted.filter((file) => !waitsLong(file))];
  }
}

export default defineConfig({
  plugins: [textFiles],
  test: {
    setupFiles: ['shared/testing/servers/setup-file.ts'],
    // Integration tests wait for networks, leases and retries more than they compute.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    sequence: { sequencer: LongWaitsFirst },
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
