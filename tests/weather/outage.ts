import { requestResend } from '#scripts/platform/requests/request-resend.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { lettersLeft } from '#scripts/platform/topics/letters-left.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { eventually } from '#scripts/services/eventually.ts';
import { toDeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import type { Strike } from './strikes.ts';

/** Only ends a hanging run. */
const patience = { timeoutMs: 600_000, everyMs: 1_000 };

/** The largest number of times that a record was resent and failed again. */
const mostResends = async (brokers: readonly string[]): Promise<number> => {
  const letters = (await readTopic(brokers, 'dead-letters')).map(toDeadLetter);
  return letters.reduce((most, { resends }) => Math.max(most, resends), 0);
};

/**
 * Kills Postgres until records have exhausted their retries, become dead letters, were resent and
 * failed again so many times. On a platform whose time is compressed this takes about a minute,
 * otherwise hours.
 */
export const outageOf = (
  { services, knative, brokers }: Platform,
  { resends }: Readonly<{ resends: number }>,
): Strike => ({
  what: `Postgres unavailable until a record was resent ${resends} times in vain`,
  strike: async () => {
    await services.postgres.server?.kill();
    const isOver = async (): Promise<boolean> => {
      await requestResend({ knative });
      return (await mostResends(brokers)) >= resends;
    };
    const isExhausted = await eventually(isOver, patience);
    await services.postgres.server?.start();
    if (!isExhausted) throw new Error(`No record was resent ${resends} times`);
  },
});

/** Resends dead letters, tick by tick, until none is left that is resent automatically. */
export const resendRest = async ({ knative, brokers }: Platform): Promise<void> => {
  const isDone = async (): Promise<boolean> => {
    await knative.drained();
    if ((await lettersLeft(brokers)).every(({ state }) => state !== 'automatic')) return true;
    await requestResend({ knative });
    return false;
  };
  await eventually(isDone, patience);
};
