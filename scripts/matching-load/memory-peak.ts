import { readFile } from 'node:fs/promises';

/** The most memory that a process has had so far, in MiB (VmHWM); 0 of one that has ended. */
export const memoryPeakMb = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
};
