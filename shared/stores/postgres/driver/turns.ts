import { setImmediate as nextImmediate } from 'node:timers/promises';
import { Unavailable } from '#shared/domain/errors.ts';

/**
 * `turnMsMax`: longer than anything may take that the driver still knows; what it has forgotten is
 * rejected then.
 */
export type TurnOptions = Readonly<{ turnsMax: number; waitMsMax: number; turnMsMax: number }>;

/**
 * At most this many at once; the others wait in the order of their arrival. After one failed, which
 * may have been its connection, none begins until that is closed.
 */
export const createTurns = ({ turnsMax, waitMsMax, turnMsMax }: TurnOptions) => {
  const waiting = new Set<() => void>();
  let taken = 0;
  let closing: Promise<void> | undefined;
  const tooLong = () => new Unavailable('postgres', `No connection was free in ${waitMsMax} ms`);
  const forgotten = () => new Unavailable('postgres', `Nothing came back in ${turnMsMax} ms`);

  const wait = (): Promise<undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      waiting.delete(start);
      reject(tooLong());
    }, waitMsMax);
    const start = () => {
      clearTimeout(timer);
      waiting.delete(start);
      resolve(undefined);
    };
    waiting.add(start);
    return promise;
  };

  const inTime = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(forgotten()), turnMsMax);
    try {
      return await Promise.race([work(), promise]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    run: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      // A turn that ends is handed to the next in the queue, so that no newer call overtakes it.
      if (taken < turnsMax) taken += 1;
      else await wait();
      try {
        while (closing !== undefined) await closing;
        return await inTime(work);
      } catch (error) {
        const closed = connectionClosed();
        closing = closed;
        await closed;
        if (closing === closed) closing = undefined;
        throw error;
      } finally {
        const [next] = waiting;
        if (next === undefined) taken -= 1;
        else next();
      }
    },
  };
};

/**
 * A socket that fails closes in the same turn of the event loop, after its immediates; what the
 * driver (3.4.9) is handed between the two, it writes to that socket and forgets.
 */
const connectionClosed = async (): Promise<void> => {
  await nextImmediate();
  await nextImmediate();
};
