import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { glob, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { eventually } from './eventually.ts';
import { type ProcessRecord, processRecordFile } from './local-server.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

type Owner = ProcessIdentity & Readonly<{ temporary: boolean }>;

const ownerFile = 'owner.json';
const STOP_TIMEOUT_MS = 10_000;

const read = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

const endProcess = async (record: ProcessRecord): Promise<void> => {
  if (!isRunning(record)) return;
  process.kill(record.pid, record.stopSignal);
  const gone = await eventually(() => !isRunning(record), { timeoutMs: STOP_TIMEOUT_MS });
  if (!gone) process.kill(record.pid, 'SIGKILL');
};

/**
 * A directory for data whose owner may not enter the run directory (root's clone under /root,
 * Postgres as nobody). It is the same for the same run, so that it is found again and removed with
 * it.
 */
export const outsideOf = (directory: string): string =>
  join(tmpdir(), `guerdon-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`);

const remove = async (directory: string): Promise<void> => {
  await rm(directory, { recursive: true, force: true });
  await rm(outsideOf(directory), { recursive: true, force: true });
};

/** Ends the servers that a run left behind when it crashed; the run's owner is known to be dead. */
const endLeftovers = async (directory: string, owner: Owner): Promise<void> => {
  for await (const file of glob(join(directory, '*', processRecordFile))) {
    const record = read(file) as ProcessRecord | undefined;
    if (record) await endProcess(record);
    await rm(file, { force: true });
  }
  await rm(join(directory, ownerFile), { force: true });
  if (owner.temporary) await remove(directory);
};

/**
 * Claims a run directory: ends only what dead runs in sibling directories left behind, and refuses
 * if another live process works in it. Returns a function that releases it; a temporary one is then
 * removed.
 */
export const claimRunDirectory = async (
  directory: string,
  { temporary }: Readonly<{ temporary: boolean }>,
): Promise<() => Promise<void>> => {
  for await (const file of glob(join(dirname(directory), '*', ownerFile))) {
    const owner = read(file) as Owner | undefined;
    if (owner && !isRunning(owner)) await endLeftovers(dirname(file), owner);
  }
  const owner = read(join(directory, ownerFile)) as Owner | undefined;
  if (owner && owner.pid !== process.pid) {
    throw new Error(`${basename(directory)} is already running as process ${owner.pid}`);
  }
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, ownerFile),
    JSON.stringify({ ...identify(process.pid), temporary }),
  );
  return () => (temporary ? remove(directory) : rm(join(directory, ownerFile), { force: true }));
};
