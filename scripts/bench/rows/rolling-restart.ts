import { setTimeout as sleep } from 'node:timers/promises';
import { underFunctionsFramework } from '../core/functions-framework.ts';
import { VoidRound } from '../core/rounds.ts';
import { figuresOf, type Row } from '../core/row.ts';
import type { LoadResult } from '../load/load.ts';
import { createDoors, type Door } from './orders/award-door.ts';
import { countPaid, requirePaid } from './orders/paid-orders.ts';

/**
 * award-points replaced again and again under load: each new process is ready before the old one
 * hears SIGTERM.
 */
export const rollingRestartRow: Row = {
  name: 'rolling-restart',
  summary:
    'requests lost while award-points is replaced under load, compared with functions-framework',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const openDoor = await createDoors(bench);
    const host = await openDoor({ name: 'host' });
    const framework = await openDoor({
      name: 'framework',
      command: (bundle) => underFunctionsFramework('award-points', bundle, 'http'),
    });
    bench.log('our host');
    const ours = await restart(host, bench.quick ? 7_000 : 100_000);
    if (lostIn(ours) === 0) await requirePaid(ours.stream, host.stores);
    else await requireAcceptedPaid(ours, host);
    bench.log('functions-framework');
    const theirs = await restart(framework, bench.quick ? 7_000 : 30_000);
    await requireAcceptedPaid(theirs, framework);
    const samples = [{ host: sampleOf(ours), framework: sampleOf(theirs) }];
    return { figures: figures({ samples, voids: [] }), voids: [] };
  },
};

const ratePerSecond = 1_000;
/** The time from one restart to the next; our host takes up to 2 s of it to drain. */
const everyMs = 3_000;

/** How long after SIGTERM routing changes, in every second restart. */
const lateMs = 500;

type Run = Awaited<ReturnType<typeof restart>>;

const restart = async (door: Door, orders: number) => {
  let current = await door.open();
  await door.send(current.port, { orders: 2_000, connections: 50 });
  const load = door.start(current.port, { orders, connections: 50, ratePerSecond });
  const over = load.result.then(() => 'over' as const);
  let pause = sleep(everyMs);
  let restarts = 0;

  while ((await Promise.race([over, pause])) !== 'over') {
    pause = sleep(everyMs);
    const old = current;
    current = await door.open();
    restarts += 1;
    // Kubernetes promises no order: traffic moves before the signal, or after it.
    if (restarts % 2 === 1) load.redirect(current.port);
    const gone = old.stop();
    await sleep(lateMs);
    load.redirect(current.port);
    await gone;
  }
  return { ...(await load.result), stream: load.stream, restarts, orders };
};

const lostIn = ({ orders, statuses }: LoadResult & Readonly<{ orders: number }>): number =>
  orders - (statuses['204'] ?? 0);

const sampleOf = (run: Run) => ({
  lost: (lostIn(run) * 100_000) / run.orders,
  restarts: run.restarts,
  p99: run.p99,
  max: run.max,
});

/** What was acknowledged must be in the ledger, even if the process has ended. */
const requireAcceptedPaid = async ({ stream, statuses }: Run, { stores }: Door): Promise<void> => {
  const paid = await countPaid(stream.prefix, stores);
  const accepted = statuses['204'] ?? 0;
  if (paid < accepted) throw new VoidRound(`${accepted} orders were accepted, ${paid} paid`);
};

const figures = (rounds: Parameters<typeof figuresOf<'host' | 'framework'>>[1]) => {
  const baseline = { name: 'functions-framework', variant: 'framework' } as const;
  return figuresOf<'host' | 'framework'>('rolling-restart', rounds, [
    {
      figure: 'lost of 100,000 requests',
      unit: 'requests',
      of: 'lost',
      variant: 'host',
      baseline,
      target: [{ of: 'value', atMost: 0 }],
    },
    { figure: 'restarts meanwhile', unit: '', of: 'restarts', variant: 'host' },
    { figure: 'p99 meanwhile', unit: 'ms', of: 'p99', variant: 'host', baseline },
    { figure: 'longest wait', unit: 'ms', of: 'max', variant: 'host', baseline },
  ]);
};
