import { type ApiServers, startApiServers } from '../core/api-servers.ts';
import { interleave, type Sample } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import type { BenchServer } from '../core/server.ts';
import { measureLoad } from '../load/measure-load.ts';
import { requireAnswers } from './ranks/leaderboard-check.ts';
import { publishedKey } from './ranks/rank-check.ts';
import { board, createRankWorld, type RankWorld } from './ranks/rank-world.ts';

/** Reads of a large board at a fixed rate, as an app and its customers make them. */
export const leaderboardRow: Row = {
  name: 'leaderboard',
  summary:
    'leaderboard-api over 1 M customers at 1,000 requests/s, compared with node:http without auth',
  needs: ['postgres', 'redis'],
  measure: async (bench) => {
    const world = await createRankWorld(bench, bench.quick ? 50_000 : 1_000_000);
    try {
      await publishSnapshots(world);
      const rounds = await measureAll(bench, world, await startAll(bench, world));
      return { figures: figures(rounds), voids: rounds.voids };
    } finally {
      await world.close();
    }
  },
};

const ratePerSecond = 1_000;
const connections = 50;

/** Two snapshots, so that every customer has a previous rank. */
const publishSnapshots = async ({ rebuild, change }: RankWorld): Promise<void> => {
  await rebuild('full');
  await change(1_000);
  await rebuild('incremental');
};

const startAll = async (bench: Bench, { redis }: RankWorld): Promise<ApiServers> =>
  startApiServers(bench, {
    ...{ tenantId: board.tenantId, scopes: ['leaderboard:read'] },
    api: { name: 'leaderboard-api' },
    bare: { name: 'bare-leaderboard', environment: { BOARD_KEY: await publishedKey(redis) } },
  });

const measureAll = async (
  { quick, log }: Bench,
  { customers }: RankWorld,
  { api, bare, token }: ApiServers,
) => {
  const seconds = quick ? 3 : 15;
  let seed = 0;
  const read = async (server: BenchServer): Promise<Sample> => {
    seed += 1;
    const requests = seconds * ratePerSecond;
    const options = { seed, requests, customers: customers.points.length, token };
    const module = new URL('../load/read-requests.ts', import.meta.url).href;
    const load = { connections, ratePerSecond, requests: { module, options } };
    const measured = await measureLoad(server, load, { requests, status: '200' });
    const { p50, p95, p99, max, cpuMicros } = measured;
    return { p50, p95, p99, max, cpuMicros };
  };
  const variants = {
    bare: () => read(bare),
    api: async () => {
      const sample = await read(api);
      await requireAnswers({ port: api.port, token }, customers);
      return sample;
    },
  };
  log('warming up');
  for (const warm of Object.values(variants)) await warm();
  return interleave<keyof typeof variants>({ variants, rounds: quick ? 2 : 3, log });
};

const figures = (rounds: Parameters<typeof figuresOf<'api' | 'bare'>>[1]) => {
  const baseline = { name: 'node:http, one command', variant: 'bare' } as const;
  const latency = { unit: 'ms', variant: 'api', baseline } as const;
  return figuresOf<'api' | 'bare'>('leaderboard', rounds, [
    { ...latency, figure: 'p50 at 1,000/s', of: 'p50' },
    { ...latency, figure: 'p95 at 1,000/s', of: 'p95' },
    {
      ...latency,
      figure: 'p99 at 1,000/s',
      of: 'p99',
      target: [{ of: 'value', atMost: 10 }],
    },
    {
      figure: 'CPU time per request',
      unit: 'µs',
      of: 'cpuMicros',
      variant: 'api',
      baseline,
    },
  ]);
};
