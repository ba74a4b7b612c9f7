import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChangeFile, changeFileName, changeFileOf } from './change-file.ts';
import { planMerges } from './plan-merges.ts';

const today = '2026-11-22';
const bounds = { bytesMax: 100, filesMin: 4 };

const file = (day: string, bytes: number, level = 0, last = 'a') =>
  changeFileOf({ name: changeFileName(day, level, last), bytes })!;

const many = (count: number, day: string, bytes = 1): readonly ChangeFile[] =>
  Array.from({ length: count }, (_, index) => file(day, bytes, 0, `f-${index}`));

describe('a run of merges', () => {
  it('joins the files of a day that is over, oldest day first', () => {
    const files = [...many(2, '2026-11-21'), ...many(3, '2026-11-20'), ...many(1, '2026-11-19')];
    const merges = planMerges(files, today, bounds);
    expect(merges.map(({ day, inputs }) => [day, inputs.length])).toEqual([
      ['2026-11-20', 3],
      ['2026-11-21', 2],
    ]);
  });

  it('waits on the current day until there are many small files', () => {
    expect(planMerges(many(3, today), today, bounds)).toEqual([]);
    expect(planMerges(many(4, today), today, bounds)).toHaveLength(1);
  });

  it('leaves large files alone, and reads at most bytesMax at once', () => {
    const files = [...many(9, '2026-11-21', 25), file('2026-11-21', 26, 1, 'large')];
    const merges = planMerges(files, today, bounds);
    expect(merges.map(({ inputs }) => inputs.length)).toEqual([4, 4]);
    expect(merges.flatMap(({ inputs }) => inputs)).not.toContain(files.at(-1)!.name);
  });

  it('writes a level above all inputs, so that the output comes later in the order of names', () => {
    const files = [file('2026-11-21', 1), file('2026-11-21', 1, 9), file('2026-11-21', 1, 10)];
    const [{ day, level, inputs } = { day: '', level: 0, inputs: [''] }] = planMerges(files, today);
    const output = changeFileName(day, level, '');
    expect(inputs.every((input) => input < output)).toBe(true);
  });

  it('comes to an end: merging what it plans leaves nothing to merge', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, (bytes) => {
        let files = bytes.map((each, index) => file('2026-11-21', each, 0, `f-${index}`));
        for (let run = 0; run < 10; run += 1) {
          const merges = planMerges(files, today, bounds);
          if (merges.length === 0) return;
          const gone = new Set(merges.flatMap(({ inputs }) => inputs));
          const sizeOf = (name: string) => files.find((each) => each.name === name)!.bytes;
          const outputs = merges.map(({ day, level, inputs }, index) => {
            const sum = inputs.reduce((total, name) => total + sizeOf(name), 0);
            expect(sum).toBeLessThanOrEqual(bounds.bytesMax);
            return file(day, sum, level, `run-${run}-${index}`);
          });
          files = [...files.filter(({ name }) => !gone.has(name)), ...outputs];
        }
        expect.unreachable('ten runs are not enough');
      }),
    );
  });

  it.each([
    'changes/x.parquet',
    'changes/changed_on=2026-11-21/000000/x.parquet.tmp',
    'forgotten/a',
  ])('ignores %s, which it did not write', (name) => {
    expect(changeFileOf({ name, bytes: 1 })).toBeUndefined();
  });
});
