import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';

const pom = join(import.meta.dirname, 'pom.xml');

const downloads = (say: (step: string) => void): ((chunk: string) => void) => {
  let files = 0;
  return (chunk) => {
    const arrived = chunk.split('Downloaded from').length - 1;
    files += arrived;
    if (arrived > 0) say(`fetching Apache Kafka from Maven Central: ${files} files`);
  };
};

/** Where the jars of this very pom.xml are cached. */
export const kafkaJarsDirectory = async (cache: string): Promise<string> => {
  const version = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12);
  return join(cache, `kafka-${version}`);
};

/**
 * The folder with Kafka's jars, fetched once per pom.xml. The folder gets its name when it is
 * whole, so a fetch that was interrupted is started again, and Maven's own cache remembers what had
 * arrived.
 */
export const kafkaJars = async (cache: string, say: (step: string) => void): Promise<string> => {
  const directory = await kafkaJarsDirectory(cache);
  if (existsSync(directory)) return directory;
  say('fetching Apache Kafka from Maven Central');
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
    { onOutput: downloads(say) },
  );
  await rename(unfinished, directory).catch(async (error: unknown) => {
    // Another run may have finished the same fetch first; its folder is as good as ours.
    await rm(unfinished, { recursive: true });
    if (!existsSync(directory)) throw error;
  });
  return directory;
};
