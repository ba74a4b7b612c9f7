import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { findOnPath } from '#scripts/services/find-on-path.ts';

const program = findOnPath('chromium') ?? findOnPath('google-chrome');

/**
 * Whether tests run in a browser, which takes longer than the rest of them; reports when they are
 * skipped.
 */
export const hasBrowser = (): boolean => {
  const isWanted = program !== undefined && Boolean(process.env['BROWSER']);
  if (!isWanted) console.warn('SKIPPING TESTS IN A BROWSER: they need chromium and BROWSER=1');
  return isWanted;
};

type Answer = Readonly<{
  id?: number;
  result?: Readonly<{ result?: Readonly<{ value?: unknown }>; exceptionDetails?: unknown }>;
}>;

/** A page in headless Chromium, over the DevTools protocol. */
export const openPage = async (url: string) => {
  const profile = await mkdtemp(join(tmpdir(), 'guerdon-browser-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const child = spawn(
    program ?? '',
    [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, url],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await devToolsPort(child.stderr);
  const targets = await fetch(`http://127.0.0.1:${port}/json/list`);
  const pages = (await targets.json()) as { type: string; webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(pages.find(({ type }) => type === 'page')!.webSocketDebuggerUrl);
  await once(socket, 'open');
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString()) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let calls = 0;

  return {
    /** The value of an expression in the page; that of a promise is awaited. */
    evaluate: async (expression: string): Promise<unknown> => {
      const { promise, resolve } = Promise.withResolvers<Answer>();
      const id = (calls += 1);
      waiting.set(id, resolve);
      const params = { expression, awaitPromise: true, returnByValue: true };
      socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
      const { result } = await promise;
      if (result?.exceptionDetails) throw new Error(JSON.stringify(result.exceptionDetails));
      return result?.result?.value;
    },
    close: async (): Promise<void> => {
      socket.terminate();
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      // Its helper processes may still be writing.
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
};

const devToolsPort = async (stderr: NodeJS.ReadableStream): Promise<string> => {
  for await (const line of createInterface(stderr)) {
    const port = /^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      stderr.resume();
      return port;
    }
  }
  throw new Error('The browser ended before it listened');
};
