import { buildFunctions } from '#scripts/build.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { interleave, type Sample, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { withConnectClient, withEcho, withRecords } from './push/push-carriers.ts';
import { type Carrier, sendFrames } from './push/push-frames.ts';

/** Frames to connected clients: from their publication, and from the record of the incentive. */
export const pushRow: Row = {
  name: 'push',
  summary: 'frames to 2,000 WebSockets on one pod of connect-client, compared with a bare ws echo',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    await migrate(bench.urlOf('postgres'));
    await buildFunctions();
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
};

type Variant = 'connect' | 'echo' | 'records';

const ratePerSecond = 1_000;
const p99MsMax = 100;

/** Until all that a frame passes is compiled: Kafka and our functions, and the echo as well. */
const warmupSeconds = 20;

/**
 * Twice the p99 of Centrifugo 6.9 (2.4 ms), and 25 ms from a record, on a machine on which a bare
 * echo took 1.8 ms.
 */
const [publishRatioMax, recordRatioMax] = [4.8 / 1.8, 25 / 1.8];

const measureAll = (bench: Bench) => {
  const clients = bench.quick ? 200 : 2_000;
  const frames = async (carrier: Carrier & Readonly<{ mbPerThousand: number }>) => ({
    ...(await atRate(carrier, bench)),
    perSecond: await highestRate(carrier, bench),
    mbPerThousand: carrier.mbPerThousand,
  });
  return interleave<Variant>({
    variants: {
      connect: () => withConnectClient(bench, clients, frames),
      echo: () => withEcho(bench, clients, frames),
      records: () => withRecords(bench, clients, (carrier) => atRate(carrier, bench)),
    },
    rounds: bench.quick ? 1 : 2,
    log: bench.log,
  });
};

/** How long frames take at the fixed rate, once warm. */
const atRate = async (carrier: Carrier, { quick }: Bench): Promise<Sample> => {
  await sendFrames(carrier, { ratePerSecond, count: ratePerSecond * (quick ? 1 : warmupSeconds) });
  const { p50, p99 } = await sendFrames(carrier, {
    ratePerSecond,
    count: ratePerSecond * (quick ? 2 : 6),
  });
  if (p99 === Infinity) throw new VoidRound('not all frames arrived');
  return { p50, p99 };
};

/** The highest of these rates, each twice the one before, at which frames arrive in time. */
const highestRate = async (carrier: Carrier, { quick }: Bench): Promise<number> => {
  let highest = 0;
  for (const rate of quick ? [1_000, 2_000] : [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]) {
    const count = rate * (quick ? 1 : 2);
    const { p99 } = await sendFrames(carrier, { ratePerSecond: rate, count });
    if (p99 > p99MsMax) break;
    highest = rate;
  }
  return highest;
};

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
      target: [{ of: 'ratio', atMost: publishRatioMax }],
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
    {
      figure: 'record to frame p50 at 1,000/s, through Kafka',
      unit: 'ms',
      of: 'p50',
      variant: 'records',
    },
    {
      figure: 'record to frame p99 at 1,000/s, through Kafka',
      unit: 'ms',
      of: 'p99',
      variant: 'records',
      baseline,
      target: [{ of: 'ratio', atMost: recordRatioMax }],
    },
  ]);
};
