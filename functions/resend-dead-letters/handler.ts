import { Unavailable } from '#shared/domain/errors.ts';
import { ResendTick } from '#shared/eventing/contracts/ticks.ts';
import type { WalkOutcome } from '#shared/eventing/dead-letters/walk-letters.ts';
import { type EventHandler, on } from '#shared/runtime/events/event-handler.ts';
import { runsTotal } from './metrics.ts';
import { type ResendDependencies, resendDue } from './resend-due.ts';

type Dependencies = Omit<ResendDependencies, 'signal'> &
  Readonly<{
    /** Aborts when a run has taken as long as it may. */
    timeLimit: () => AbortSignal;
  }>;

/**
 * Sends the dead letters that are due back to the topics that they came from, each at least once. A
 * run that reaches its time limit leaves the rest to the next tick, and a tick during a run does
 * nothing.
 */
export const resendDeadLetters = ({ timeLimit, ...dependencies }: Dependencies): EventHandler[] => {
  let isRunning = false;

  const resend = async (): Promise<WalkOutcome> => {
    if (isRunning) return 'busy';
    isRunning = true;
    try {
      return await resendDue({ ...dependencies, signal: timeLimit() });
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      throw new Unavailable('kafka', 'The dead letters could not be read', { cause: error });
    } finally {
      isRunning = false;
    }
  };

  return [
    on(ResendTick, async () => {
      runsTotal.inc({ outcome: await resend() });
      return [];
    }),
  ];
};
