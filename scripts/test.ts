/**
 * Everything that must hold before a change lands: format, types, lint, layers, dead code, then all
 * tests, on services that are started for it. The last line counts, for people and machines: `N
 * passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';

const root = new URL('../', import.meta.url).pathname;
const reportFile = `${root}.guerdon/test-report.json`;

type Run = Readonly<{ command: string; args: readonly string[] }>;

const run = ({ command, args }: Run): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });

/** Vitest's JSON report, as far as we count it. */
type Report = Readonly<{
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}>;

/**
 * Runs the tests; undefined when they broke outside of a test, so that their numbers mean nothing.
 */
const runTests = async (): Promise<Report | undefined> => {
  await rm(reportFile, { force: true });
  await mkdir(`${root}.guerdon`, { recursive: true });
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const code = await run({ command: 'vitest', args });
  const text = await readFile(reportFile, 'utf8').catch(() => undefined);
  const report = text === undefined ? undefined : (JSON.parse(text) as Report);
  return code !== 0 && report?.numFailedTests === 0 ? undefined : report;
};

/** Runs a check and then prints what it printed, so that checks that run at once do not mix. */
const runCheck = async (check: string): Promise<boolean> => {
  const child = spawn('npm', ['run', '--silent', check], { cwd: root });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => printed.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  process.stdout.write(Buffer.concat(printed));
  console.log(`${code === 0 ? '✓' : '✗'} ${check}`);
  return code === 0;
};

const checks = ['check:format', 'check:types', 'check:lint', 'check:layers', 'check:unused'];
const results = await Promise.all(checks.map(runCheck));
let passed = results.filter(Boolean).length;
let failed = results.length - passed;

const report = await runTests();
if (report === undefined) console.log('The tests did not run to their end');
passed += report?.numPassedTests ?? 0;
failed += report?.numFailedTests ?? 1;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
