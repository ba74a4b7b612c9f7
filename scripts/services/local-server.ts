import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { eventually } from './eventually.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';
import type { LocalServer } from './service.ts';

/** The record of a server process on disk, for a later run after a crash of its owner. */
export type ProcessRecord = ProcessIdentity & Readonly<{ stopSignal: NodeJS.Signals }>;

/** Name of the file that holds the process record, in the service's directory. */
export const processRecordFile = 'process.json';

type Recipe = Readonly<{
  name: string;
  /** Its working directory, with the record of its process. */
  directory: string;
  /** The log file; by default `log` in its directory. */
  logFile?: string;
  command: readonly [file: string, ...args: string[]];
  /** The user to run it as; only root can set it. */
  user?: Readonly<{ uid: number; gid: number }> | undefined;
  /** Its complete environment, instead of ours. */
  environment?: NodeJS.ProcessEnv;
  /** The signal that requests an orderly shutdown. */
  stopSignal: NodeJS.Signals;
  /** How long the shutdown may take before it is killed. */
  stopTimeoutMs?: number;
  isReady: () => Promise<boolean>;
  /** Called if it ends unexpectedly after it was ready. */
  onCrash?: () => void;
}>;

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 15_000;

let canTie: boolean | undefined;

/** Determined once: running a program blocks everything else in this process. */
const canTieToParent = (): boolean =>
  (canTie ??=
    spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0);

/**
 * Where the kernel supports it, the server gets its stop signal even if this process ends by
 * SIGKILL.
 */
const tiedToParent = ({ command, stopSignal }: Recipe): Recipe['command'] =>
  canTieToParent()
    ? ['setpriv', '--pdeathsig', stopSignal.replace('SIG', ''), '--', ...command]
    : command;

const launch = (recipe: Recipe, logFile: string): ChildProcess => {
  const [file, ...args] = tiedToParent(recipe);
  const log = openSync(logFile, 'a');
  const child = spawn(file, args, {
    cwd: recipe.directory,
    stdio: ['ignore', log, log],
    // Its own session: Ctrl-C reaches only this process, which stops its servers in the right
    // order.
    detached: true,
    env: recipe.environment ?? process.env,
    ...recipe.user,
  });
  closeSync(log);
  return child;
};

const hasExited = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;

const exitOf = async (child: ChildProcess): Promise<void> => {
  if (!hasExited(child)) await once(child, 'exit');
};

const lastLines = (file: string): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n');

/**
 * A server process with a log, a record on disk and a guaranteed end; nothing runs until `start`.
 */
export const localServer = (recipe: Recipe): LocalServer => {
  const { logFile = join(recipe.directory, 'log') } = recipe;
  const recordFile = join(recipe.directory, processRecordFile);
  let child: ChildProcess | undefined;

  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    if (ending === undefined) return;
    child = undefined;
    ending.kill(signal);
    const timeoutMs = recipe.stopTimeoutMs ?? STOP_TIMEOUT_MS;
    const timer = setTimeout(() => ending.kill('SIGKILL'), timeoutMs);
    await exitOf(ending).finally(() => clearTimeout(timer));
    await rm(recordFile, { force: true });
  };

  const start = async () => {
    mkdirSync(recipe.directory, { recursive: true });
    mkdirSync(dirname(logFile), { recursive: true });
    const started = launch(recipe, logFile);
    child = started;
    await once(started, 'spawn');
    const record = { ...identify(started.pid ?? 0), stopSignal: recipe.stopSignal };
    await writeFile(recordFile, JSON.stringify(record));
    const settled = await eventually(async () => hasExited(started) || (await recipe.isReady()), {
      timeoutMs: START_TIMEOUT_MS,
    });
    if (settled && !hasExited(started)) {
      started.once('exit', () => {
        if (child === started) recipe.onCrash?.();
      });
      return;
    }
    await end('SIGKILL');
    throw new Error(`Cannot start ${recipe.name}; its log ${logFile} ends:\n${lastLines(logFile)}`);
  };

  return {
    pid: () => (child && !hasExited(child) ? child.pid : undefined),
    start,
    stop: () => end(recipe.stopSignal),
    kill: () => end('SIGKILL'),
  };
};
