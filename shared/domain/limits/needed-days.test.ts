import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addDays } from '../time/local-time.ts';
import { neededDays } from './admit.ts';
import type { Caps } from './caps.ts';

const day = '2028-02-29';
const asking = (caps: Caps, ahead = 0) => ({
  day: addDays(day, ahead),
  amount: { unit: 'POINTS', value: 5 },
  caps: [{ scope: 'GLOBAL' as const, subject: 'tenant', caps }],
});

it.each<[string, Caps, readonly object[]]>([
  ['nothing for a total', { maxTotal: 9 }, []],
  ['its day for a day', { maxPerDay: 9 }, [{ first: day, last: day }]],
  [
    'every window that includes its day',
    { maxTotal: 9, windowDays: 3 },
    [{ first: '2028-02-27', last: '2028-03-02' }],
  ],
  ['the day of an amount', { amounts: { POINTS: { maxPerDay: 9 } } }, [{ first: day, last: day }]],
  ['nothing for another unit', { amounts: { INR: { maxPerDay: 9 } } }, []],
])('a request asks about %s', (_what, caps, ranges) => {
  expect(neededDays([asking(caps)])).toEqual(new Map([['tenant', ranges]]));
});

it('covers the days of every request with ranges that do not overlap', () => {
  const anyAsk = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(60));
  fc.assert(
    fc.property(fc.array(anyAsk, { minLength: 1, maxLength: 9 }), (asks) => {
      const requests = asks.map(([windowDays, ahead]) =>
        asking({ maxTotal: 9, windowDays }, ahead),
      );
      const ranges = neededDays(requests).get('tenant') ?? [];
      const covered = Array.from({ length: 90 }, (_, index) => addDays(day, index - 15)).filter(
        (each) => ranges.some(({ first, last }) => first <= each && each <= last),
      );
      const asked = asks.flatMap(([length, ahead]) =>
        Array.from({ length: 2 * length - 1 }, (_, index) =>
          addDays(day, ahead - length + 1 + index),
        ),
      );
      expect(covered).toEqual([...new Set(asked)].toSorted());
      for (const [index, { first }] of ranges.slice(1).entries())
        expect(first > (ranges[index]?.last ?? '')).toBe(true);
    }),
  );
});
