import { leftToLaterTick, type SendDependencies, sendDue } from './send-due.ts';

/** Sends due notifications to phones while events are handled. */
export type PushSender = Readonly<{
  /**
   * Sends what is due, soon. Calls while it sends share one further run, so a pod sends a user's
   * notifications one after the other.
   */
  wake: () => void;
  /** Resolves once what it was woken for is sent. */
  idle: () => Promise<void>;
  /** Begins nothing more, and resolves once what was begun is sent; a later tick sends the rest. */
  close: () => Promise<void>;
}>;

/**
 * Sends in the background. What cannot be sent has its next attempt in Postgres already, so a
 * failure delays notifications until a later tick and loses none.
 */
export const pushSender = (dependencies: SendDependencies): PushSender => {
  let isClosed = false;
  let last = Promise.resolve();
  let next: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    next = undefined;
    await sendDue(dependencies, () => isClosed).catch((error: unknown) => {
      dependencies.log.warn({ err: error }, leftToLaterTick);
    });
  };

  return {
    wake: () => {
      next ??= last.then(run);
      last = next;
    },
    idle: () => last,
    close: () => {
      isClosed = true;
      return last;
    },
  };
};
