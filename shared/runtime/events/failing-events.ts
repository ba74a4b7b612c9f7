import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import { HttpProblem } from '../http/problem.ts';

type Options = Readonly<{
  /** Unexpected errors of one event after which it may be given up. */
  attemptsMax?: number;
  /** Events remembered as failing; the oldest are forgotten first and begin anew. */
  eventsMax?: number;
}>;

/**
 * What is known of an event that fails: how often it did, and how many events had been handled
 * before.
 */
type Failing = Readonly<{ attempts: number; handledBefore: number }>;

/**
 * Whether an error says nothing of its reason: neither a refusal nor an outage, so a bug of ours or
 * worse.
 */
const isUnexpected = (error: unknown): boolean =>
  !(error instanceof HttpProblem || error instanceof InvalidEvent || error instanceof Unavailable);

/** The code of the refusal of an event that was given up. */
const givenUpCode = 'gave-up';

/**
 * Decides when an event that fails with an unexpected error, alone and again and again, is refused
 * for good, so that it goes to the dead letters instead of filling its source's window. An outage
 * never counts.
 *
 * Only where more other events were handled since it first failed than are failing now: a fault
 * that hits most events is not any event's own, and must not turn a topic into dead letters.
 * docs/decisions/0020-deadlines-and-giving-up.md
 */
export const createFailingEvents = ({ attemptsMax = 3, eventsMax = 10_000 }: Options = {}) => {
  const failing = new Map<string, Failing>();
  let handled = 0;

  return {
    /** Notes that an event was handled; its key is asked for only while events are failing. */
    succeeded: (keyOf: () => string): void => {
      handled += 1;
      if (failing.size > 0) failing.delete(keyOf());
    },
    /**
     * Notes an error of an event; returns the refusal to answer it with once it is to be given up.
     */
    failed: (key: string, error: unknown): InvalidEvent | undefined => {
      if (!isUnexpected(error)) return undefined;
      const { attempts, handledBefore } = failing.get(key) ?? {
        attempts: 0,
        handledBefore: handled,
      };
      failing.delete(key);
      if (attempts + 1 >= attemptsMax && handled - handledBefore > failing.size)
        return gaveUp(attempts + 1, error);
      failing.set(key, { attempts: attempts + 1, handledBefore });
      const [oldest] = failing.keys();
      if (failing.size > eventsMax && oldest !== undefined) failing.delete(oldest);
      return undefined;
    },
  };
};

const gaveUp = (attempts: number, error: unknown): InvalidEvent => {
  const kind = error instanceof Error ? error.name : 'unknown error';
  const detail = `Failed ${attempts} times with an unexpected ${kind}, while other events succeeded; see the log`;
  return new InvalidEvent(givenUpCode, detail, { cause: error });
};
