import { mainProgram } from '#shared/domain/earning/program.ts';
import { balancePrefix } from '#shared/stores/redis/driver/keys.ts';
import { type ApiServers, startApiServers } from '../core/api-servers.ts';
import { interleave, type Measure, type Sample } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import type { BenchServer } from '../core/server.ts';
import { measureLoad } from '../load/measure-load.ts';
import { requestedCustomers, type WalletStream } from '../load/wallet-requests.ts';
import { board } from './ranks/rank-world.ts';
import { requireBalances, requireRedeemed, requireRefusal } from './ranks/wallet-check.ts';
import { createWalletWorld, type WalletWorld } from './ranks/wallet-world.ts';

/** Balances and redemptions at fixed rates, like the requests of an app. */
export const walletRow: Row = {
  name: 'wallet',
  summary:
    'wallet-api over 200 k customers: 1,000 balances/s, compared with node:http without auth; 200 redemptions/s',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const world = await createWalletWorld(bench, bench.quick ? 20_000 : 200_000);
    try {
      const rounds = await measureAll(bench, world, await startAll(bench));
      return { figures: figures(rounds), voids: rounds.voids };
    } finally {
      await world.close();
    }
  },
};

type Variant = 'bare' | 'read' | 'redeem';

const readsPerSecond = 1_000;
const redemptionsPerSecond = 200;
const connections = 50;

const startAll = (bench: Bench): Promise<ApiServers> => {
  const { tenantId } = board;
  return startApiServers(bench, {
    ...{ tenantId, scopes: ['wallet:read', 'wallet:write'] },
    api: {
      name: 'wallet-api',
      environment: {
        DATABASE_URL: bench.urlOf('postgres'),
        KAFKA_BROKERS: bench.urlOf('kafka'),
      },
    },
    bare: {
      name: 'bare-balance',
      environment: { BALANCE_PREFIX: balancePrefix(tenantId, mainProgram) },
    },
  });
};

const measureAll = async (
  { quick, log }: Bench,
  world: WalletWorld,
  { api, bare, token }: ApiServers,
) => {
  const seconds = quick ? 1.5 : 10;
  const customers = world.points.length;
  let seed = 0;
  let accepted = 0;
  const read = async (server: BenchServer): Promise<Sample> => {
    seed += 1;
    const stream = { seed, requests: seconds * readsPerSecond, customers };
    const sample = await send(server, stream, { ask: 'read', token });
    await requireBalances({ port: server.port, token }, world);
    return sample;
  };
  const redeem = async (): Promise<Sample> => {
    seed += 1;
    const stream = { seed, requests: seconds * redemptionsPerSecond, customers };
    await requireRefusal({ port: api.port, token }, world);
    const sample = await send(api, stream, { ask: 'redeem', token });
    accepted += stream.requests;
    for (const customer of requestedCustomers(stream)) {
      world.points[customer] = (world.points[customer] ?? 0) - 1;
    }
    await requireRedeemed(world, accepted);
    return sample;
  };
  const variants: Record<Variant, Measure> = {
    bare: () => read(bare),
    read: () => read(api),
    redeem,
  };
  log('warming up');
  for (const warm of Object.values(variants)) await warm();
  return interleave({ variants, rounds: quick ? 2 : 3, log });
};

type Asking = Readonly<{ ask: 'read' | 'redeem'; token: string }>;

const paces = {
  read: { ratePerSecond: readsPerSecond, status: '200' },
  redeem: { ratePerSecond: redemptionsPerSecond, status: '201' },
} as const;

/**
 * Sends a stream to its end.
 * @throws VoidRound unless each request was answered as it should be.
 */
const send = async (server: BenchServer, stream: WalletStream, asking: Asking): Promise<Sample> => {
  const { ratePerSecond, status } = paces[asking.ask];
  const module = new URL('../load/wallet-requests.ts', import.meta.url).href;
  const load = {
    ...{ connections, ratePerSecond },
    requests: { module, options: { ...stream, ...asking } },
  };
  const measured = await measureLoad(server, load, { requests: stream.requests, status });
  const { p50, p95, p99, max, cpuMicros } = measured;
  return { p50, p95, p99, max, cpuMicros };
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const baseline = { name: 'node:http, one command', variant: 'bare' } as const;
  const read = { unit: 'ms', variant: 'read', baseline } as const;
  const redeem = { unit: 'ms', variant: 'redeem' } as const;
  return figuresOf<Variant>('wallet', rounds, [
    { ...read, figure: 'balance, p50 at 1,000/s', of: 'p50' },
    { ...read, figure: 'balance, p95 at 1,000/s', of: 'p95' },
    {
      ...read,
      figure: 'balance, p99 at 1,000/s',
      of: 'p99',
      target: [{ of: 'value', atMost: 5 }],
    },
    { ...read, figure: 'CPU time per balance', unit: 'µs', of: 'cpuMicros' },
    { ...redeem, figure: 'redemption, p50 at 200/s', of: 'p50' },
    { ...redeem, figure: 'redemption, p95 at 200/s', of: 'p95' },
    { ...redeem, figure: 'redemption, p99 at 200/s', of: 'p99' },
  ]);
};
