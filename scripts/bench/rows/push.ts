import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { buildFunctions } from '#scripts/build.ts';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { eventually } from '#scripts/services/eventually.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { connectRedis } from '#shared/stores/redis/connect.ts';
import { inboxStream } from '#shared/stores/redis/inbox-stream.ts';
import { bundleServers } from '../core/bundle.ts';
import { interleave, type Sample, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import type { BenchServer } from '../core/server.ts';
import { createLatencies } from '../load/latencies.ts';
import { type OpenSockets, openSockets } from '../load/open-sockets.ts';
import { paced } from '../load/paced.ts';

/**
 * Frames to connected clients, from their publication: what connect-client adds to Redis and a bare
 * WebSocket.
 */
export const pushRow: Row = {
  name: 'push',
  summary: 'frames to 2,000 WebSockets on one pod of connect-client, beside a bare ws echo',
  needs: ['postgres', 'redis'],
  measure: async (bench) => {
    const variants = await startAll(bench);
    const rounds = await interleave({ variants, rounds: bench.quick ? 1 : 5, say: bench.say });
    return { figures: figures(rounds), voids: rounds.voids };
  },
};

type Variant = 'connect' | 'echo';

/** What carries a text to a client. */
type Carrier = Readonly<{
  server: BenchServer;
  open: () => Promise<OpenSockets>;
  /** Sends texts to clients, by number. */
  send: (sockets: OpenSockets, texts: readonly (readonly [number, string])[]) => void;
}>;

const ratePerSecond = 1_000;
const p99MsMax = 100;

const startAll = async (bench: Bench) => {
  await migrate(bench.urlOf('postgres'));
  await buildFunctions();
  const clients = bench.quick ? 200 : 2_000;
  return {
    connect: async () => measure(await startConnect(bench, clients), clients, bench),
    echo: async () => measure(await startEcho(bench, clients), clients, bench),
  };
};

let generation = 0;

const startConnect = async (bench: Bench, clients: number): Promise<Carrier> => {
  const secret = randomBytes(32).toString('base64url');
  const server = await bench.start({
    name: 'connect-client',
    node: [resolve(import.meta.dirname, '../../../dist/connect-client/index.js')],
    environment: {
      DATABASE_URL: bench.urlOf('postgres'),
      REDIS_URL: bench.urlOf('redis'),
      AUTH_JWT_SECRET: secret,
      ...tokenClaims,
      DRAIN_SECONDS: '1',
    },
  });
  const redis = connectRedis(bench.urlOf('redis'));
  const stream = inboxStream(redis);
  generation += 1;
  const tenantId = `bench-${generation}`;
  const positions = new Uint32Array(clients);
  return {
    server,
    open: () =>
      openSockets({
        url: `ws://127.0.0.1:${server.port}/ws`,
        count: clients,
        protocolsOf: async (number) => {
          const parts = { secret, tenantId, scopes: ['inbox:read'], subject: `u-${number}` };
          return ['guerdon.v1', `bearer.${await issueToken(parts)}`];
        },
      }),
    send: (_sockets, texts) => {
      const inboxes = texts.map(([number, text]) => {
        const position = (positions[number] ?? 0) + 1;
        positions[number] = position;
        return { user: { tenantId, userId: `u-${number}` }, frames: [{ position, text }] };
      });
      void stream.publish(inboxes);
    },
  };
};

const startEcho = async (bench: Bench, clients: number): Promise<Carrier> => {
  const [file = ''] = await bundleServers(['ws-echo'], bench.directory);
  const server = await bench.start({ name: 'ws-echo', node: [file] });
  const url = `ws://127.0.0.1:${server.port}`;
  return {
    server,
    open: () => openSockets({ url, count: clients, protocolsOf: () => Promise.resolve([]) }),
    send: (sockets, texts) => {
      for (const [number, text] of texts) sockets.send(number, text);
    },
  };
};

/** Rates of the search for the highest one, each half as much again. */
const rates = (quick: boolean): readonly number[] =>
  quick ? [2_000] : [4_000, 6_000, 8_000, 12_000, 16_000, 24_000, 32_000];

const measure = async (carrier: Carrier, clients: number, bench: Bench): Promise<Sample> => {
  const before = await carrier.server.usage();
  const sockets = await carrier.open();
  // Subscribed, and compared with the inbox.
  await run(carrier, sockets, { clients, ratePerSecond, count: clients * 2 });
  const { rssMb } = await carrier.server.usage();
  const seconds = bench.quick ? 2 : 10;
  const paced = await run(carrier, sockets, {
    clients,
    ratePerSecond,
    count: ratePerSecond * seconds,
  });
  let perSecond = 0;
  for (const rate of rates(bench.quick)) {
    const count = rate * (bench.quick ? 1 : 3);
    const { p99 } = await run(carrier, sockets, { clients, ratePerSecond: rate, count });
    if (p99 > p99MsMax) break;
    perSecond = rate;
  }
  await sockets.close();
  await carrier.server.stop();
  const mbPerThousand = ((rssMb - before.rssMb) * 1_000) / clients;
  return { p50: paced.p50, p99: paced.p99, perSecond, mbPerThousand };
};

type Run = Readonly<{ clients: number; ratePerSecond: number; count: number }>;

/**
 * Sends texts of a frame's size to clients in turn.
 * @throws VoidRound unless each arrives once, at its client.
 */
const run = async (
  ...[carrier, sockets, { clients, ratePerSecond: rate, count }]: [Carrier, OpenSockets, Run]
) => {
  const latencies = createLatencies(count);
  let strays = 0;
  sockets.onMessage((number, text) => {
    const { client, dueAt } = JSON.parse(text) as { client?: number; dueAt: number };
    if (client === undefined) return;
    if (client === number) latencies.add(performance.now() - dueAt);
    else strays += 1;
  });
  await paced({
    count,
    ratePerSecond: rate,
    send: (from, to, dueAt) =>
      carrier.send(
        sockets,
        Array.from({ length: to - from }, (_, index) => {
          const client = (from + index) % clients;
          return [client, textOf(client, dueAt(from + index))];
        }),
      ),
  });
  await eventually(() => latencies.count() >= count, { timeoutMs: 30_000 });
  if (latencies.count() !== count || strays > 0)
    throw new VoidRound(`${latencies.count()} of ${count} frames arrived, ${strays} elsewhere`);
  return latencies.percentiles();
};

/** As large as the frame of an incentive. */
const textOf = (client: number, dueAt: number): string =>
  JSON.stringify({ type: 'INCENTIVE_NOTIFICATION', client, dueAt, pad: 'x'.repeat(150) });

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const baseline = { name: 'ws echo', variant: 'echo' } as const;
  const own = { variant: 'connect', baseline } as const;
  return figuresOf<Variant>('push', rounds, [
    { ...own, figure: 'publish to frame p50 at 1,000/s', unit: 'ms', of: 'p50' },
    {
      ...own,
      figure: 'publish to frame p99 at 1,000/s',
      unit: 'ms',
      of: 'p99',
      target: [{ of: 'value', atMost: 4.8 }],
    },
    {
      ...own,
      figure: 'frames with p99 under 100 ms',
      unit: 'frames/s',
      of: 'perSecond',
      target: [{ of: 'value', atLeast: 8_000 }],
    },
    {
      ...own,
      figure: 'memory per 1,000 connections',
      unit: 'MB',
      of: 'mbPerThousand',
      target: [{ of: 'value', atMost: 60 }],
    },
  ]);
};
