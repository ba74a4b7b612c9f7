import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnPath } from '../find-on-path.ts';
import { runCommand } from '../run-command.ts';
import { renameOnce } from './rename-once.ts';

/** Jars that Maven downloads: their display name, and the pom.xml that pins them. */
export type JarSet = Readonly<{ subject: string; prefix: string; pom: string }>;

const downloads = (subject: string, log: (step: string) => void): ((chunk: string) => void) => {
  let files = 0;
  return (chunk) => {
    const arrived = chunk.split('Downloaded from').length - 1;
    files += arrived;
    if (arrived > 0) log(`downloading ${subject} from Maven Central: ${files} files`);
  };
};

/** Where the jars of this version of the pom.xml are cached. */
const directoryOf = async ({ prefix, pom }: JarSet, cache: string): Promise<string> => {
  const version = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12);
  return join(cache, `${prefix}-${version}`);
};

/** Whether the jars were fetched before. */
export const hasJars = async (jars: JarSet, cache: string): Promise<boolean> =>
  existsSync(await directoryOf(jars, cache));

/**
 * What prevents a Java server from running on this machine, as a sentence with what to install;
 * undefined if nothing.
 */
export const javaObstacle = async (jars: JarSet, cache: string): Promise<string | undefined> => {
  const { subject } = jars;
  if (!findOnPath('java')) {
    return `${subject} needs Java 17 or newer (Debian, Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17)`;
  }
  if (findOnPath('mvn') || (await hasJars(jars, cache))) return undefined;
  return `${subject} is downloaded by Maven (Debian, Ubuntu: apt-get install maven; macOS: brew install maven)`;
};

/**
 * The folder with the jars, fetched once per pom.xml. The folder gets its name when it is complete,
 * so an interrupted download starts again, with what Maven's own cache already has.
 */
export const mavenJars = async (
  jars: JarSet,
  cache: string,
  log: (step: string) => void,
): Promise<string> => {
  const { subject, pom } = jars;
  const directory = await directoryOf(jars, cache);
  if (existsSync(directory)) return directory;
  log(`downloading ${subject} from Maven Central`);
  const unfinished = `${directory}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await runCommand(
    [
      'mvn',
      '--batch-mode',
      `--file=${pom}`,
      'dependency:copy-dependencies',
      `-DoutputDirectory=${unfinished}`,
    ],
    { onOutput: downloads(subject, log) },
  );
  await renameOnce(unfinished, directory);
  return directory;
};
