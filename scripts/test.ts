/**
 * Everything that must pass before a change lands: all tests, on services that are started for
 * them, and at the same time format, types, lint, layers and dead code, whose output comes at the
 * end. The last line counts, for people and machines: `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { compileCache } from './services/cache-directory.ts';

const root = new URL('../', import.meta.url).pathname;
const reportFile = `${root}.guerdon/test-report.json`;

type Run = Readonly<{
  command: string;
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
}>;

const run = ({ command, args, environment }: Run): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: environment });
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });

/** Vitest's JSON report, as far as we count it. */
type Report = Readonly<{
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}>;

/** Commands that tests start find compiled what an earlier one has compiled. */
const environment = { ...process.env, NODE_COMPILE_CACHE: compileCache };

/**
 * Runs the tests; undefined if the run failed outside of a test, so that its numbers mean nothing.
 */
const runTests = async (): Promise<Report | undefined> => {
  await rm(reportFile, { force: true });
  await mkdir(`${root}.guerdon`, { recursive: true });
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const code = await run({ command: 'vitest', args, environment });
  const text = await readFile(reportFile, 'utf8').catch(() => undefined);
  const report = text === undefined ? undefined : (JSON.parse(text) as Report);
  return code !== 0 && report?.numFailedTests === 0 ? undefined : report;
};

/** The outcome of a check with everything that it printed. */
type Checked = Readonly<{ check: string; isPassed: boolean; printed: Buffer }>;

const runCheck = async (check: string): Promise<Checked> => {
  const child = spawn('npm', ['run', '--silent', check], { cwd: root });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => printed.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { check, isPassed: code === 0, printed: Buffer.concat(printed) };
};

/** One after the other: together they use the processor time that waiting tests leave. */
const runChecks = async (checks: readonly string[]): Promise<readonly Checked[]> => {
  const checked: Checked[] = [];
  for (const check of checks) checked.push(await runCheck(check));
  return checked;
};

const checks = ['check:format', 'check:types', 'check:lint', 'check:layers', 'check:unused'];
const [checked, report] = await Promise.all([runChecks(checks), runTests()]);
for (const { check, isPassed, printed } of checked) {
  process.stdout.write(printed);
  console.log(`${isPassed ? '✓' : '✗'} ${check}`);
}
let passed = checked.filter(({ isPassed }) => isPassed).length;
let failed = checked.length - passed;
if (report === undefined) console.log('The tests did not run to their end');
passed += report?.numPassedTests ?? 0;
failed += report?.numFailedTests ?? 1;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
