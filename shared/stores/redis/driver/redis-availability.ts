import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { ReplyError } from 'ioredis';
import { Gauge } from 'prom-client';
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
 * passed on, and so are errors of anything else that the commands wait for.
 */
export const withRedis = async <Result>(commands: () => Promise<Result>): Promise<Result> => {
  try {
    return await commands();
  } catch (error) {
    if (error instanceof Unavailable || !isTransient(error)) throw error;
    throw new Unavailable('redis', 'Redis did not respond', { cause: error });
  }
};

/** Every error that is not a reply is a connection failure: refused, reset, timed out. */
const isTransient = (error: unknown): boolean =>
  error instanceof ReplyError
    ? transient.some((code) => (error as Error).message.startsWith(code))
    : error instanceof Error && !(error instanceof TypeError);

/** A circuit to one Redis, shared by all calls of a process. */
export type RedisCircuit = Readonly<{
  /**
   * Runs commands, or fails at once while the circuit is open.
   * @throws Unavailable when Redis is unavailable, the circuit is open, or Redis is slower than
   * `withinMs`; slow commands may still be executed.
   */
  run: <Result>(commands: () => Promise<Result>, withinMs: number) => Promise<Result>;
}>;

type Options = Readonly<{
  /** Failures in a row after which the circuit opens. */
  failuresMax?: number;
  /**
   * How long the circuit stays open; after that one call probes Redis, and concurrent calls wait
   * for its result.
   */
  restMs?: number;
}>;

const states = {
  closed: CircuitState.Closed,
  halfOpen: CircuitState.HalfOpen,
  open: CircuitState.Open,
};

const circuitState = new Gauge({
  name: 'guerdon_redis_circuit_state',
  help: '1 for the current state of the circuit to Redis: closed, halfOpen (probing) or open (Redis is not called)',
  labelNames: ['state'] as const,
});

const show = (current: CircuitState): void => {
  for (const [state, value] of Object.entries(states))
    circuitState.set({ state }, value === current ? 1 : 0);
};

/** Whether an error means that Redis is temporarily unavailable. */
export const isRedisUnavailable = (error: unknown): boolean =>
  error instanceof Unavailable && error.dependency === 'redis';

/**
 * Stops calling a Redis that fails, which costs neither time here nor load there, and resumes by
 * itself. An error reply for a wrong command is not a failure of Redis.
 */
export const redisCircuit = ({ failuresMax = 3, restMs = 5_000 }: Options = {}): RedisCircuit => {
  const policy = circuitBreaker(handleWhen(isRedisUnavailable), {
    breaker: new ConsecutiveBreaker(failuresMax),
    halfOpenAfter: restMs,
  });
  show(policy.state);
  policy.onStateChange(show);
  return {
    run: async (commands, withinMs) => {
      try {
        return await policy.execute(() => within(withinMs, commands()));
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        throw new Unavailable('redis', 'Redis is unavailable; calls are suspended', {
          cause: error,
        });
      }
    },
  };
};

/** The result of commands behind a circuit; undefined where Redis is unavailable. */
export const whereAvailable = async <Result>(
  circuit: RedisCircuit,
  commands: () => Promise<Result>,
  withinMs: number,
): Promise<Result | undefined> => {
  try {
    return await circuit.run(commands, withinMs);
  } catch (error) {
    if (isRedisUnavailable(error)) return undefined;
    throw error;
  }
};

/**
 * A timer that fires late because the process was busy runs before data that waits in the socket is
 * read, so wait one turn of the event loop first.
 */
const within = <Result>(limitMs: number, work: Promise<Result>): Promise<Result> => {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const giveUp = () =>
    reject(new Unavailable('redis', `Redis did not respond within ${limitMs} ms`));
  const timer = setTimeout(() => setImmediate(giveUp), limitMs);
  void work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
};
