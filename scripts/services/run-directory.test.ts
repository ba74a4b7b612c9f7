import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { claimRunDirectory } from './run-directory.ts';

const deadOwner = { pid: process.pid, startedAt: 'long ago' };

let root: string;
let child: ChildProcess;
let identity: ProcessIdentity;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'guerdon-runs-'));
  child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  identity = identify(child.pid!)!;
});
afterEach(async () => {
  child.kill();
  await rm(root, { recursive: true, force: true });
});

/** A run that ended without cleaning up, with one server on record. */
const crashedRun = async (name: string, record: object, temporary = false) => {
  const directory = join(root, name);
  await mkdir(join(directory, 'redis'), { recursive: true });
  await writeFile(join(directory, 'owner.json'), JSON.stringify({ ...deadOwner, temporary }));
  await writeFile(join(directory, 'redis', 'process.json'), JSON.stringify(record));
  return directory;
};

const claim = (name: string) => claimRunDirectory(join(root, name), { temporary: false });

test('a server that a dead run left behind is ended, also by a run in a sibling directory', async () => {
  const directory = await crashedRun('crashed', { ...identity, stopSignal: 'SIGTERM' });
  const release = await claim('next');
  expect(isRunning(identity)).toBe(false);
  expect(existsSync(join(directory, 'owner.json'))).toBe(false);
  expect(existsSync(directory)).toBe(true);
  await release();
});

test('another process under the pid of such a server is not ended', async () => {
  const stranger = { ...identity, startedAt: 'long ago', stopSignal: 'SIGTERM' };
  await crashedRun('crashed', stranger);
  await (await claim('next'))();
  expect(isRunning(identity)).toBe(true);
});

test('what a dead temporary run left behind is removed', async () => {
  const directory = await crashedRun('test-1', { ...identity, stopSignal: 'SIGTERM' }, true);
  await (await claim('next'))();
  expect(existsSync(directory)).toBe(false);
});

test('running ones are not ended, and keep their directory', async () => {
  const directory = await crashedRun('alive', { ...identity, stopSignal: 'SIGTERM' });
  const owner = { ...identity, temporary: false };
  await writeFile(join(directory, 'owner.json'), JSON.stringify(owner));
  await (await claim('next'))();
  expect(isRunning(identity)).toBe(true);
  await expect(claim('alive')).rejects.toThrow(
    `alive is already running as process ${identity.pid}`,
  );
});
