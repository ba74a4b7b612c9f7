import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '#scripts/services/eventually.ts';
import { freePort } from '#scripts/services/free-port.ts';
import { afterFile, endFile } from './after-file.ts';

const root = new URL('../../../', import.meta.url).pathname;

/** Our own host, or the plain `functions-framework` command. */
export type Host = 'guerdon' | 'functions-framework';

/** One function running from its bundle as a separate process. */
export type FunctionProcess = Readonly<{
  url: string;
  metricsUrl: string;
  /** The log lines that it has written so far. */
  logs: () => readonly Record<string, unknown>[];
  kill: (signal: NodeJS.Signals) => void;
  /** Resolves with the exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals | null>;
}>;

process.once('exit', endFile);

type Options = Readonly<{ name: string; host?: Host; variables: Readonly<Record<string, string>> }>;

/**
 * Starts a function from `dist/` and waits until it is ready; it is ended after the file's last
 * test at the latest.
 */
export const startFunction = async ({
  name,
  host = 'guerdon',
  variables,
}: Options): Promise<FunctionProcess> => {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const folder = `${root}dist/${name}`;
  const command =
    host === 'guerdon'
      ? [`${folder}/index.js`]
      : [
          `${root}node_modules/.bin/functions-framework`,
          `--target=${name}`,
          `--source=${folder}`,
          `--port=${port}`,
        ];
  const child = spawn(process.execPath, command, {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const exited = once(child, 'exit').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  );
  afterFile(() => child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const isReady = async () => ended() || (await fetch(`${url}/readyz`)).ok;
  if (!(await eventually(isReady, { timeoutMs: 60_000 })) || ended()) {
    throw new Error(`${name} did not become ready:\n${output}`);
  }
  return {
    url,
    metricsUrl: `http://127.0.0.1:${metricsPort}`,
    logs: () => parseLogs(output),
    kill: (signal) => child.kill(signal),
    exited,
  };
};

/** Our own lines are JSON; other output of a process, such as a warning from Node, is not. */
const parseLogs = (output: string) =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
