import { setTimeout as sleep } from 'node:timers/promises';
import { interleave, type Measure, type Sample } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { commandStatistics, resetCommandStatistics } from '../load/command-statistics.ts';
import { watchWaits } from '../load/wait-watch.ts';
import { naiveKey, naiveRebuild } from './ranks/naive-rebuild.ts';
import { requireBoard, requireMembers } from './ranks/rank-check.ts';
import { createRankWorld, type RankWorld } from './ranks/rank-world.ts';

/**
 * Snapshots of a board: all customers from Postgres, and only those that changed since the last
 * one.
 */
export const ranksRow: Row = {
  name: 'ranks',
  summary:
    'a snapshot of 1 M customers, full and with 60 k changed, and how long readers wait meanwhile',
  needs: ['postgres', 'redis'],
  measure: async (bench) => {
    const world = await createRankWorld(bench, bench.quick ? 50_000 : 1_000_000);
    try {
      const rounds = await measureAll(bench, world);
      return { figures: figures(rounds), voids: rounds.voids };
    } finally {
      await world.close();
    }
  },
};

/**
 * How long readers are watched while no round runs: at least as long as an incremental round takes.
 */
const idleMs = 3_000;

const measureAll = async (bench: Bench, world: RankWorld) => {
  const { quick, log } = bench;
  const { sql, redis, customers, rebuild } = world;
  const watched = (work: () => Promise<unknown>) => measure(bench, world, work);
  const change = () => world.change(quick ? 3_000 : 60_000);

  const variants = {
    idle: () => watched(() => sleep(idleMs)),
    naive: async (): Promise<Sample> => {
      const sample = await watched(() => naiveRebuild(sql, redis));
      await requireMembers(redis, naiveKey, customers);
      await redis.unlink(naiveKey);
      return sample;
    },
    // The first round after a full one copies the board, so it is measured separately; later rounds
    // cost what changed.
    full: async (): Promise<Sample> => {
      const sample = await watched(() => rebuild('full'));
      await requireBoard(redis, customers);
      await change();
      const { seconds: nextSeconds } = await watched(() => rebuild('incremental'));
      // Each customer is placed on the snapshot and on the live board.
      const membersOfCommand = (2 * customers.points.length) / sample.zadds;
      return { ...sample, nextSeconds, membersOfCommand };
    },
    incremental: async (): Promise<Sample> => {
      await change();
      const sample = await watched(() => rebuild('incremental'));
      await requireBoard(redis, customers);
      return sample;
    },
  } satisfies Record<string, Measure>;
  log('warming up');
  await variants.full();
  await variants.incremental();
  return interleave<keyof typeof variants>({ variants, rounds: quick ? 2 : 3, log });
};

/** Measures work from its beginning to its end, and how it delays readers. */
const measure = async (bench: Bench, { redis }: RankWorld, work: () => Promise<unknown>) => {
  let seconds = Number.NaN;
  await resetCommandStatistics(redis);
  const { max: longestWaitMs } = await watchWaits(bench.urlOf('redis'), async () => {
    const startedAt = performance.now();
    await work();
    seconds = (performance.now() - startedAt) / 1_000;
  });
  const { longestMs, calls } = await commandStatistics(redis);
  return { seconds, longestWaitMs, longestMs, zadds: calls['zadd'] ?? 0 };
};

type Variant = 'idle' | 'naive' | 'full' | 'incremental';

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const duration = { unit: 's', of: 'seconds' } as const;
  const wait = { unit: 'ms', of: 'longestWaitMs' } as const;
  const command = { unit: 'ms', of: 'longestMs' } as const;
  const naiveBaseline = { name: 'ZADD of all in random order', variant: 'naive' } as const;
  const fullBaseline = { name: 'full', variant: 'full' } as const;
  const idleBaseline = { name: 'idle', variant: 'idle' } as const;
  return figuresOf<Variant>('ranks', rounds, [
    { ...duration, figure: 'full', variant: 'full', baseline: naiveBaseline },
    {
      ...duration,
      figure: '6 % changed',
      variant: 'incremental',
      baseline: fullBaseline,
      target: [{ of: 'ratio', atMost: 0.1 }],
    },
    {
      figure: '6 % changed, right after a full one',
      unit: 's',
      of: 'nextSeconds',
      variant: 'full',
      baseline: { ...fullBaseline, of: 'seconds' },
    },
    {
      ...wait,
      figure: 'longest wait of a reader, 6 % changed',
      variant: 'incremental',
      baseline: idleBaseline,
      target: [{ of: 'value', atMost: 10 }],
    },
    { ...wait, figure: 'longest wait of a reader, full', variant: 'full', baseline: naiveBaseline },
    {
      figure: 'members of a command, full',
      unit: '',
      of: 'membersOfCommand',
      variant: 'full',
      target: [{ of: 'value', atMost: 1_000 }],
    },
    { ...command, figure: 'longest command, 6 % changed', variant: 'incremental' },
    { ...command, figure: 'longest command, full', variant: 'full', baseline: naiveBaseline },
  ]);
};
