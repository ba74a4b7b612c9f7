import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { questionsOf } from '#scripts/analytics/questions.ts';
import { seededRandom } from '#scripts/orders/random.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { changeMerger, mergeByDuck } from '#shared/stores/analytics/change-merger.ts';
import { changeReader } from '#shared/stores/analytics/change-reader.ts';
import type { ChangeRow } from '#shared/stores/analytics/change-row.ts';
import { changeWriter } from '#shared/stores/analytics/change-writer.ts';
import { type Duck, openDuck } from '#shared/stores/analytics/duck.ts';
import { fileFolder } from '#shared/stores/files/file-folder.ts';
import { interleave, type Sample, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';

/** Files of changes: how fast they are written, their size, and a query over all of them. */
export const analyticsRow: Row = {
  name: 'analytics',
  summary: 'changes of incentives to Parquet files, and spend by campaign and day from them',
  needs: [],
  measure: async (bench) => {
    const { quick, directory, log } = bench;
    const duck = await openDuck({ spillFolder: join(directory, 'spill') });
    try {
      const changes = quick ? 30_000 : 1_000_000;
      const place = await fill(bench, duck, { changes, perFile: 2_000 });
      const rounds = await interleave({
        variants: {
          batches: () => write(bench, duck, { changes: quick ? 3_000 : 60_000, perFile: 300 }),
          single: () => write(bench, duck, { changes: quick ? 60 : 1_000, perFile: 1 }),
          merged: () => ask(place, duck, changes),
        },
        rounds: quick ? 1 : 3,
        log,
      });
      return { figures: figures(rounds), voids: rounds.voids };
    } finally {
      await duck.close();
    }
  },
};

type Size = Readonly<{ changes: number; perFile: number }>;

let places = 0;

const createPlace = async ({ directory }: Bench) => {
  const folder = join(directory, `changes-${(places += 1)}`);
  await mkdir(folder);
  return fileFolder(folder);
};
type Place = Awaited<ReturnType<typeof createPlace>>;

const random = seededRandom(1);

/** Changes of one day: 20 tenants with 10 campaigns each, 100,000 users. */
const changesFrom = (first: number, count: number): readonly ChangeRow[] =>
  Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const at = new Date(Date.UTC(2026, 10, 21) + ((number * 80) % 86_400_000)).toISOString();
    const tenant = Math.floor(random() * 20);
    return {
      ...{ lsn: 29_000_000 + 400 * number, op: 'c', changed_at: at, others: undefined },
      incentive_id: derivedId('incentive', String(number)),
      ...{ tenant_id: `tenant-${tenant}`, user_id: `u-${Math.floor(random() * 100_000)}` },
      campaign_id: derivedId('campaign', `${tenant} ${Math.floor(random() * 10)}`),
      ...{ campaign_version: 1, event_id: `event-${number}`, cause: `/app event-${number}` },
      ...{ type: 'POINTS', reward_currency: 'POINTS', program: 'points', status: 'ISSUED' },
      ...{ reward_amount: Math.floor(random() * 500), day: at.slice(0, 10) },
      ...{ qualified_at: at, issued_at: at },
    };
  });

/** Writes them and returns their bytes. */
const writeAll = async (files: Place, duck: Duck, { changes, perFile }: Size): Promise<number> => {
  const writer = changeWriter(files, duck);
  let bytes = 0;
  for (let first = 0; first < changes; first += perFile)
    bytes += (await writer.write(changesFrom(first, perFile))).bytes;
  return bytes;
};

const write = async (bench: Bench, duck: Duck, size: Size): Promise<Sample> => {
  const files = await createPlace(bench);
  const startedAt = performance.now();
  const bytes = await writeAll(files, duck, size);
  const seconds = (performance.now() - startedAt) / 1000;
  return { perSecond: size.changes / seconds, bytesEach: bytes / size.changes };
};

/** A folder with merged files. */
const fill = async (bench: Bench, duck: Duck, size: Size): Promise<Place> => {
  bench.log(`writing and merging ${size.changes} changes`);
  const files = await createPlace(bench);
  await writeAll(files, duck, size);
  const merger = changeMerger(files, mergeByDuck(duck));
  for (const merge of await merger.plan('2999-01-01')) await merger.merge(merge);
  return files;
};

const ask = async (files: Place, duck: Duck, changes: number): Promise<Sample> => {
  const listed = await files.list('changes/');
  const bytes = listed.reduce((sum, file) => sum + file.bytes, 0);
  const startedAt = performance.now();
  const sql = questionsOf({}).map((question) => question.sql)[0] ?? '';
  const [spend] = (await changeReader(files, duck).query([sql])) ?? [];
  const askMs = performance.now() - startedAt;
  const incentives = spend?.rows.reduce((sum, row) => sum + Number(row[4]), 0);
  if (incentives !== changes) throw new VoidRound(`${incentives} incentives of ${changes}`);
  return { askMs, bytesEach: bytes / changes, files: listed.length };
};

type Variant = 'batches' | 'single' | 'merged';

const figures = (rounds: Awaited<ReturnType<typeof interleave<Variant>>>) =>
  figuresOf('analytics', rounds, [
    {
      figure: 'changes written, 300 a file, durable',
      unit: 'changes/s',
      of: 'perSecond',
      variant: 'batches',
      baseline: { name: 'one a file', variant: 'single' },
      target: [{ of: 'value', atLeast: 2_000 }],
    },
    {
      figure: 'bytes of a change, merged',
      unit: 'B',
      of: 'bytesEach',
      variant: 'merged',
      baseline: { name: '300 a file', variant: 'batches' },
    },
    {
      figure: 'spend by campaign and day, of all changes',
      unit: 'ms',
      of: 'askMs',
      variant: 'merged',
    },
    { figure: 'files', unit: '', of: 'files', variant: 'merged' },
  ]);
