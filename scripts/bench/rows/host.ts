import { bundleServers } from '../core/bundle.ts';
import { underFunctionsFramework } from '../core/functions-framework.ts';
import { interleave, type Measure, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import type { BenchServer } from '../core/server.ts';
import { measureLoad } from '../load/measure-load.ts';

/**
 * Our host, functions-framework and bare node:http: an order as CloudEvent, parsed, checked,
 * answered with 204.
 */
export const hostRow: Row = {
  name: 'host',
  summary: 'our host, compared with functions-framework and bare node:http',
  needs: [],
  measure: async (bench) => {
    const rounds = await measureAll(await startAll(bench), bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
};

type Variant = 'host' | 'framework' | 'node';

/** All on one processor, the generator on the other. */
const startAll = async ({ directory, start }: Bench): Promise<Record<Variant, BenchServer>> => {
  const names = ['guerdon-host', 'functions-framework', 'node-http'];
  const [ours = '', theirs = '', bare = ''] = await bundleServers(names, directory);
  const pinned = (name: string, ...node: string[]) => start({ name, node, core: 0 });
  return {
    host: await pinned('host', ours),
    framework: await pinned(
      'framework',
      ...underFunctionsFramework('accept-order', theirs, 'cloudevent'),
    ),
    node: await pinned('node', bare),
  };
};

const measureAll = async (servers: Record<Variant, BenchServer>, { quick, log }: Bench) => {
  const scale = quick ? 0.2 : 1;
  const variants: Record<Variant, Measure> = {
    node: () => measure(servers.node, 150_000 * scale),
    host: () => measure(servers.host, 150_000 * scale),
    framework: () => measure(servers.framework, 25_000 * scale),
  };
  log('warming up');
  for (const warm of Object.values(variants)) await warm();
  return interleave({ variants, rounds: quick ? 3 : 9, log });
};

const measure = async (server: BenchServer, orders: number) => {
  await requireRefusal(server);
  const load = { connections: 50, requests: requests(orders), awake: true };
  const measured = await measureLoad(server, load, { requests: orders, status: '204' });
  const { perSecond, p50, p99, cpuMicros, rssMb } = measured;
  return { perSecond, p50, p99, cpuMicros, rssMb };
};

/** The content type is for functions-framework, which parses no body without one. */
const requests = (orders: number) => ({
  module: new URL('../load/order-requests.ts', import.meta.url).href,
  options: {
    seed: 1,
    orders,
    customers: 5_000,
    prefix: 'o',
    contentType: 'application/json',
  },
});

/** A server that accepts anything would be fast for the wrong reason. */
const requireRefusal = async ({ port }: BenchServer): Promise<void> => {
  const { status } = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-type': 'dev.knative.kafka.event',
      'ce-source': '/bench#orders',
      'ce-id': '1',
    },
    body: '{"orderId":"o-1","customerId":"c-1","amount":"-1.00"}',
  });
  if (status < 400) throw new VoidRound(`a negative amount was answered with ${status}`);
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const frameworkBaseline = { name: 'functions-framework', variant: 'framework' } as const;
  const nodeBaseline = { name: 'node:http', variant: 'node' } as const;
  const throughput = { unit: 'req/s', of: 'perSecond', variant: 'host' } as const;
  const perRequest = { unit: 'µs', of: 'cpuMicros', variant: 'host' } as const;
  return figuresOf<Variant>('host', rounds, [
    {
      ...throughput,
      figure: 'throughput compared with functions-framework',
      baseline: frameworkBaseline,
      target: [{ of: 'ratio', atLeast: 5 }],
    },
    {
      ...throughput,
      figure: 'throughput compared with node:http',
      baseline: nodeBaseline,
      target: [{ of: 'ratio', atLeast: 0.95 }],
    },
    { ...perRequest, figure: 'CPU time per request', baseline: frameworkBaseline },
    { ...perRequest, figure: 'CPU time per request', baseline: nodeBaseline },
    { figure: 'p50 at full load', unit: 'ms', of: 'p50', variant: 'host', baseline: nodeBaseline },
    {
      figure: 'p99 at full load',
      unit: 'ms',
      of: 'p99',
      variant: 'host',
      baseline: frameworkBaseline,
    },
    { figure: 'p99 at full load', unit: 'ms', of: 'p99', variant: 'host', baseline: nodeBaseline },
    { figure: 'memory', unit: 'MB', of: 'rssMb', variant: 'host', baseline: frameworkBaseline },
    { figure: 'memory', unit: 'MB', of: 'rssMb', variant: 'host', baseline: nodeBaseline },
  ]);
};
