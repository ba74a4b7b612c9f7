import { readFile } from 'node:fs/promises';

/** What a process has used since it started. */
export type Usage = Readonly<{ cpuMicros: number; rssMb: number; rssPeakMb: number }>;

/**
 * Linux counts processor time for users in hundredths of a second, whatever the kernel's own tick
 * is.
 */
const tickMicros = 10_000;

/** Processor time (all threads) and memory of a process, from /proc; NaN on systems without it. */
export const usageOf = async (pid: number): Promise<Usage> => {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // The name in parentheses may contain anything, so count from its end: field 3 comes first,
    // utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const megabytes = (name: string) =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    return {
      cpuMicros: ticks * tickMicros,
      rssMb: megabytes('VmRSS'),
      rssPeakMb: megabytes('VmHWM'),
    };
  } catch {
    return { cpuMicros: Number.NaN, rssMb: Number.NaN, rssPeakMb: Number.NaN };
  }
};
