import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { freePort } from './free-port.ts';

it('gives each caller a different port, in this process and in others, and fails when none is left', async () => {
  // Unique to this run, as others may run the same test at the same time.
  const first = 10_000 + 20 * (process.pid % 450);
  const range = { first, last: first + 19 };
  const taken = createServer().listen(range.first, '127.0.0.1');
  await once(taken, 'listening');
  const program = `
    import { freePort } from ${JSON.stringify(join(import.meta.dirname, 'free-port.ts'))};
    const ports = await Promise.all([1, 2, 3, 4].map(() => freePort(${JSON.stringify(range)})));
    console.log(JSON.stringify(ports));
    process.stdin.resume();`;
  const others = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const answers = others.map(async ({ stdout }) => {
    const [line] = (await once(stdout, 'data')) as [Buffer];
    return JSON.parse(String(line)) as number[];
  });
  const ours = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => freePort(range)));
  const all = [...ours, ...(await Promise.all(answers)).flat()];
  expect(all.sort()).toEqual(Array.from({ length: 19 }, (_, index) => range.first + 1 + index));
  await expect(freePort(range)).rejects.toThrow(`No port from ${first} to`);

  // The kernel releases the ports of a process when it ends.
  for (const { stdin } of others) stdin.end();
  await Promise.all(others.map(({ stdout }) => text(stdout)));
  await expect.poll(() => freePort(range).catch(() => undefined)).toBeTypeOf('number');
  taken.close();
});
