import { VoidRound } from '../core/rounds.ts';
import type { BenchServer } from '../core/server.ts';
import { type Load, type LoadResult, runLoad } from './load.ts';

type Expected = Readonly<{ requests: number; status: string }>;

/**
 * Sends a load to a server; also returns its processor time per request, and its memory afterwards.
 * @throws VoidRound unless every request was answered with the status.
 */
export const measureLoad = async (
  server: BenchServer,
  load: Omit<Load, 'port'>,
  { requests, status }: Expected,
): Promise<LoadResult & Readonly<{ cpuMicros: number; rssMb: number }>> => {
  const before = await server.usage();
  const result = await runLoad({ ...load, port: server.port });
  const after = await server.usage();
  if (result.statuses[status] !== requests) {
    const answers = JSON.stringify({ ...result.statuses, broken: result.failed });
    throw new VoidRound(`of ${requests} requests: ${answers}`);
  }
  const cpuMicros = (after.cpuMicros - before.cpuMicros) / requests;
  return { ...result, cpuMicros, rssMb: after.rssMb };
};
