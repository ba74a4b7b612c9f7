import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

type Options = Readonly<{
  user?: Readonly<{ uid: number; gid: number }> | undefined;
  environment?: Readonly<Record<string, string>>;
  /** Called with each piece of output as it comes. */
  onOutput?: (chunk: string) => void;
}>;

/** Runs a command to its end; rejects with the end of its output when it fails. */
export const runCommand = async (
  [file, ...args]: readonly [file: string, ...args: string[]],
  { user, environment, onOutput }: Options = {},
): Promise<void> => {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    ...user,
  });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => onOutput?.(chunk));
  const { promise: exit, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('close', resolve).once('error', reject);
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (code === 0) return;
  const tail = `${output}${errors}`.trimEnd().split('\n').slice(-12).join('\n');
  throw new Error(`${file} failed with exit code ${code ?? 'none'}:\n${tail}`);
};
