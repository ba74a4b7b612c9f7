/**
 * Everything that must hold before a change lands: format, types, lint, layers, dead code, then all tests, on services that
 * are started for it. The last line counts, for people and machines: `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
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

/** Runs the tests; undefined when they broke outside of a test, so that their numbers mean nothing. */
const runTests = async (): Promise<Report | undefined> => {
  await rm(reportFile, { force: true });
  await mkdir(`${root}.guerdon`, { recursive: true });
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const code = await run({ command: 'vitest', args });
  const text = await readFile(reportFile, 'utf8').catch(() => undefined);
  const report = text === undefined ? undefined : (JSON.parse(text) as Report);
  return code !== 0 && report?.numFailedTests === 0 ? undefined : report;
};

const checks = ['check:format', 'check:types', 'check:lint', 'check:layers', 'check:unused'];
let [passed, failed] = [0, 0];
for (const check of checks) {
  const code = await run({ command: 'npm', args: ['run', '--silent', check] });
  console.log(`${code === 0 ? '✓' : '✗'} ${check}`);
  if (code === 0) passed += 1;
  else failed += 1;
}

const report = await runTests();
if (report === undefined) console.log('The tests did not run to their end');
passed += report?.numPassedTests ?? 0;
failed += report?.numFailedTests ?? 1;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
