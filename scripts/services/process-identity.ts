import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Identifies a process, so that a later one with the same pid is distinguished from it. */
export type ProcessIdentity = Readonly<{ pid: number; startedAt: string }>;

const FIELDS_BEFORE_STATE = 2;
const STATE = 3 - FIELDS_BEFORE_STATE - 1;
const START_TIME = 22 - FIELDS_BEFORE_STATE - 1;

/**
 * Field 2 of /proc/<pid>/stat is the command in parentheses and may contain anything, so count from
 * its end.
 */
const startTimeOnLinux = (pid: number): string | undefined => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[STATE] === 'Z' ? undefined : fields[START_TIME];
};

const startTimeElsewhere = (pid: number): string =>
  execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();

const startTimeOf = (pid: number): string | undefined => {
  try {
    return process.platform === 'linux' ? startTimeOnLinux(pid) : startTimeElsewhere(pid);
  } catch {
    return undefined;
  }
};

/** The identity of a running process; undefined when there is none with this pid. */
export const identify = (pid: number): ProcessIdentity | undefined => {
  const startedAt = startTimeOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
};

/** True only for the process that was identified, never for another one under its old pid. */
export const isRunning = ({ pid, startedAt }: ProcessIdentity): boolean =>
  startTimeOf(pid) === startedAt;
