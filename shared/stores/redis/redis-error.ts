import { ReplyError } from 'ioredis';
import { Unavailable } from '#shared/domain/errors.ts';

/**
 * Replies after which the same command may succeed:
 * https://github.com/redis/redis/blob/7.0/src/server.c (createSharedObjects)
 */
const transient = [
  'BUSY', // a script runs too long
  'CLUSTERDOWN',
  'LOADING', // reading its file after a start
  'MASTERDOWN',
  'MISCONF', // cannot save, so takes no writes
  'NOREPLICAS',
  'OOM',
  'READONLY', // a failover has not reached us yet
  'TRYAGAIN', // a slot is moving
];

/**
 * Runs commands and turns the loss of Redis into Unavailable; error replies for wrong commands are
 * passed on.
 */
export const withRedis = async <Result>(commands: () => Promise<Result>): Promise<Result> => {
  try {
    return await commands();
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new Unavailable('redis', 'Redis did not respond', { cause: error });
  }
};

/** Whatever is no reply is trouble on the way: refused, reset, timed out. */
const isTransient = (error: unknown): boolean =>
  error instanceof ReplyError
    ? transient.some((code) => (error as Error).message.startsWith(code))
    : error instanceof Error && !(error instanceof TypeError);
