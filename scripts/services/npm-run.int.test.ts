import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { identify, isRunning } from './process-identity.ts';

const root = resolve(import.meta.dirname, '../..');
const directory = await mkdtemp(join(tmpdir(), 'guerdon-npm-'));
afterAll(() => rm(directory, { recursive: true, force: true }));

const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** `npm run dev` with the line of our package.json, for a program that starts only Redis. */
const runDev = async (name: string) => {
  const dev = scripts['dev']
    ?.replace('scripts/dev.ts', 'dev.ts')
    .replaceAll('./scripts/', `${root}/scripts/`);
  await writeFile(join(directory, 'package.json'), JSON.stringify({ scripts: { dev } }));
  await writeFile(
    join(directory, 'dev.ts'),
    `import { startServices } from ${JSON.stringify(join(import.meta.dirname, 'start-services.ts'))};
    const directory = ${JSON.stringify(join(directory, name))};
    const { redis } = await startServices({ directory, need: ['redis'] });
    console.log('ready', process.pid, redis.server.pid());
    setInterval(() => undefined, 1_000);`,
  );
  const path = `${root}/node_modules/.bin:${process.env['PATH'] ?? ''}`;
  const npm = spawn('npm', ['run', '--silent', 'dev'], {
    cwd: directory,
    env: { ...process.env, PATH: path, REDIS_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(npm.stdout)) {
    const [word, ...pids] = line.split(' ');
    if (word === 'ready') return { npm, started: pids.map((pid) => identify(Number(pid))!) };
  }
  throw new Error('npm run dev ended before it was ready');
};

it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'npm run dev that gets %s leaves nothing running',
  async (signal) => {
    const { npm, started } = await runDev(signal);
    const exited = once(npm, 'exit');
    npm.kill(signal);
    await exited;
    await expect.poll(() => started.filter(isRunning)).toEqual([]);
  },
);
