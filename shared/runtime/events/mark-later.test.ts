import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { markLater } from './publish-events.ts';

const log = pino({ level: 'silent' });

/** An outbox whose statements end when a test lets them. */
const slowOutbox = () => {
  const ends: ((error?: Error) => void)[] = [];
  const marked: string[][] = [];
  return {
    marked,
    end: (error?: Error) => ends.shift()!(error),
    mark: (published: readonly string[]) => {
      marked.push([...published]);
      return new Promise<void>((resolve, reject) =>
        ends.push((error) => (error === undefined ? resolve() : reject(error))),
      );
    },
  };
};

describe('markLater', () => {
  it('returns at once, and marks together what comes within a while', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const marked: (readonly string[])[] = [];
    const mark = (published: readonly string[]) => {
      marked.push(published);
      return Promise.resolve();
    };
    const marker = markLater(mark, { log, gatherMs: 100 });
    await marker.mark([]);
    await marker.mark(['1']);
    await vi.advanceTimersByTimeAsync(99);
    await marker.mark(['2']);
    expect(marked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(marked).toEqual([['1', '2']]);
    await marker.mark(['3']);
    await marker.idle();
    expect(marked).toEqual([['1', '2'], ['3']]);
  });

  it('marks together what comes while a statement is in progress', async () => {
    const slow = slowOutbox();
    const marker = markLater(slow.mark, { log, marksMax: 2 });
    for (const id of ['1', '2', '3']) await marker.mark([id]);
    await new Promise(setImmediate);
    expect(slow.marked).toEqual([['1', '2']]);
    await marker.mark(['4']);
    slow.end();
    await Promise.resolve();
    const idle = marker.idle();
    await new Promise(setImmediate);
    slow.end();
    await idle;
    expect(slow.marked).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('continues after a failure', async () => {
    const slow = slowOutbox();
    const marker = markLater(slow.mark, { log });
    for (const [id, error] of [
      ['1', new Error('gone')],
      ['2', undefined],
    ] as const) {
      await marker.mark([id]);
      const idle = marker.idle();
      await new Promise(setImmediate);
      slow.end(error);
      await idle;
    }
    expect(slow.marked).toEqual([['1'], ['2']]);
  });

  it('waits when too many wait', async () => {
    const slow = slowOutbox();
    const marker = markLater(slow.mark, { log, marksMax: 1, waitingMax: 1 });
    await marker.mark(['1']);
    await new Promise(setImmediate);
    let isDone = false;
    const last = marker.mark(['2', '3']).then(() => (isDone = true));
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    for (let marks = 0; marks < 3; marks += 1) {
      slow.end();
      await new Promise(setImmediate);
    }
    await last;
    expect(slow.marked).toEqual([['1'], ['2'], ['3']]);
  });
});
