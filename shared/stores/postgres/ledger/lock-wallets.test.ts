import { expect, it } from 'vitest';
import { noCheckpoints } from '#shared/domain/earning/earning-checkpoint.ts';
import { metricOn } from '#shared/domain/earning/earning-history.ts';
import { replay } from '#shared/domain/earning/earning-state.ts';
import { earningOrder, earningProgram, tierLadder } from '#shared/testing/worlds/earning.ts';
import { type EarningColumns, toEarning, toEarningColumns } from './lock-wallets.ts';

const ladder = tierLadder({ window: { kind: 'rolling', days: 2 } });
const { state } = replay(
  { program: earningProgram(undefined, [ladder]), timeZone: 'UTC' },
  [1, 2, 3].map((day) =>
    earningOrder({ orderId: `o-${day}`, placedAt: new Date(Date.UTC(2026, 5, day)) }),
  ),
);
const throughJson = (columns: EarningColumns) =>
  JSON.parse(JSON.stringify(columns)) as EarningColumns;

it('is the same after it was stored', () => {
  const { earning, mark, storedDays } = toEarning(throughJson(toEarningColumns(state)));
  expect(earning).toEqual(state);
  expect(mark).toBeUndefined();
  expect(storedDays).toBe(earning.days);
});

it('stores each number as its difference from the one before', () => {
  const spend = { INR: [0, 10_000, 10_000] };
  expect(toEarningColumns(state).days).toEqual({ on: [20_605, 1, 1], earned: [0, 1, 1], spend });
});

it('reads what the version before stored, and has its days written again', () => {
  const { days: _days, ...rest } = state;
  const own = { earned: 1, spend: { INR: 10_000 } };
  const days = { '2026-06-03': own, '2026-06-02': own };
  const read = toEarning({ state: { ...rest, days, mark: noCheckpoints }, days: null });
  expect(read.mark).toEqual(noCheckpoints);
  expect(read.storedDays).toBeUndefined();
  expect(read.earning.days).toEqual({
    on: [20_606, 20_607],
    earned: [1, 2],
    spend: { INR: [10_000, 20_000] },
  });
  for (const date of ['2026-06-03', '2026-06-04'])
    expect(metricOn(ladder, read.earning, date)).toBe(metricOn(ladder, state, date));
});

it('goes by the days of the version before where that has written a row since', () => {
  const { days } = toEarningColumns(state);
  const { earning } = toEarning({ state: { ...toEarningColumns(state).state, days: {} }, days });
  expect(earning.days.on).toEqual([]);
});
