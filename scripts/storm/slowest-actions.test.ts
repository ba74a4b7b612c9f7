import { describe, expect, it } from 'vitest';
import { slowestActions } from './slowest-actions.ts';

describe('slowestActions', () => {
  it('shows the waits of all actions and of the slowest, hop by hop, and ? where one is unknown', () => {
    const actions = [0, 1, 2].map((number) => ({
      eventId: `e-${number}`,
      dueAtMs: 1_000 * number,
      frameAtMs: 1_000 * number + 70 * (number + 1),
      lostAtMs: 0,
      openedAtMs: 0,
    }));
    const times = new Map([
      ['e-0', [10, 20, 30, 40, 50, 60]],
      ['e-1', [1_010, 1_020, 1_030, 1_110, 1_120, 1_130]],
    ]);
    const lines = slowestActions(actions, times, 2).split('\n');
    const cells = lines.slice(1).map((line) => line.trim().replaceAll(/\s+/g, ' '));
    expect(cells).toEqual([
      'p50 140 10 10 10 80 10 10 10',
      'p99 210 10 10 10 80 10 10 10',
      '2.0 s 210 ? ? ? ? ? ? ?',
      '1.0 s 140 10 10 10 80 10 10 10',
    ]);
  });
});
