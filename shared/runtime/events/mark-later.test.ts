import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { markLater } from './publish-events.ts';

const log = pino({ level: 'silent' });

/** An outbox whose statements end when a test says so. */
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
  it('returns at once, and marks together what comes while a statement is in progress', async () => {
    const slow = slowOutbox();
    const marker = markLater(slow.mark, { log });
    await marker.mark([]);
    for (const id of ['1', '2', '3']) await marker.mark([id]);
    expect(slow.marked).toEqual([['1']]);
    slow.end();
    await Promise.resolve();
    const idle = marker.idle();
    await new Promise(setImmediate);
    slow.end();
    await idle;
    expect(slow.marked).toEqual([['1'], ['2', '3']]);
  });

  it('continues after a failure', async () => {
    const slow = slowOutbox();
    const marker = markLater(slow.mark, { log });
    await marker.mark(['1']);
    slow.end(new Error('gone'));
    await marker.idle();
    await marker.mark(['2']);
    slow.end();
    await marker.idle();
    expect(slow.marked).toEqual([['1'], ['2']]);
  });

  it('waits when too many wait', async () => {
    const slow = slowOutbox();
    const marker = markLater(slow.mark, { log, waitingMax: 1 });
    await marker.mark(['1']);
    let isDone = false;
    const last = marker.mark(['2', '3']).then(() => (isDone = true));
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    slow.end();
    await new Promise(setImmediate);
    slow.end();
    await last;
    expect(slow.marked).toEqual([['1'], ['2', '3']]);
  });
});
