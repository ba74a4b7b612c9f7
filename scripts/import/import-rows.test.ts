import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FileRow } from './file-row.ts';
import { importRows } from './import-rows.ts';

/** A file whose every tenth row cannot be read. */
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, index): FileRow => {
    const line = index + 1;
    return line % 10 === 0 ? { line, problem: 'is not JSON' } : { line, fields: { line } };
  });

const start = (count: number) => {
  const rows = rowsOf(count);
  const taken: number[] = [];
  const refused: (readonly [number, string])[] = [];
  let saved = 0;
  let running = 0;
  let runningMax = 0;
  const run = (options: Readonly<{ failAt?: number }> = {}) =>
    importRows({
      file: {
        rows: async function* (after) {
          yield* rows.slice(after);
          await Promise.resolve();
        },
      },
      after: saved,
      batchRows: 7,
      take: async (batch) => {
        running += 1;
        runningMax = Math.max(runningMax, running);
        await nextTurn();
        running -= 1;
        const lines = batch.map(({ line }) => Number(line));
        if (lines.includes(options.failAt ?? 0)) throw new Error('crash');
        taken.push(...lines);
        return lines.map((line) => (line % 4 === 0 ? 'has no name' : undefined));
      },
      refuse: (all) => {
        refused.push(...all.map(({ line, reason }) => [line, reason] as const));
        return Promise.resolve();
      },
      save: (done) => {
        saved = done;
        return Promise.resolve();
      },
    });
  return { run, taken, refused, saved: () => saved, runningMax: () => runningMax };
};

describe('importRows', () => {
  it('imports every row once, in at most two batches at once, and reports those refused', async () => {
    const { run, taken, refused, runningMax } = start(100);
    expect(await run()).toEqual({ rows: 100, refused: 30 });
    expect(taken).toEqual(rowsOf(100).flatMap((row) => ('fields' in row ? [row.line] : [])));
    expect(refused.slice(0, 4)).toEqual([
      [4, 'has no name'],
      [8, 'has no name'],
      [10, 'is not JSON'],
      [12, 'has no name'],
    ]);
    expect(runningMax()).toBe(2);
  });

  it('continues after the last batch before a crash, and skips no row', async () => {
    const { run, taken, saved } = start(100);
    await expect(run({ failAt: 51 })).rejects.toThrow('crash');
    expect(saved()).toBe(49);
    expect(await run()).toMatchObject({ rows: 100 });
    expect([...new Set(taken)].toSorted((a, b) => a - b)).toEqual(
      rowsOf(100).flatMap((row) => ('fields' in row ? [row.line] : [])),
    );
  });
});
