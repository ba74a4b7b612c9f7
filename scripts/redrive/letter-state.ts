import type { Kafka } from 'kafkajs';
import type { Pace } from '#shared/domain/dead-letters/plan-resend.ts';
import { resendGroup } from '#shared/eventing/dead-letters/consumer-groups.ts';
import type { DeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import { resendPlan } from '#shared/eventing/dead-letters/resend-plan.ts';
import { readHandled } from '#shared/eventing/dead-letters/walk-letters.ts';

/**
 * `automatic` and `resent` letters need no action; the others wait for an operator, and the state
 * is the reason.
 */
export type LetterState = 'automatic' | 'resent' | Exclude<ReturnType<typeof resendPlan>, Pace>;

/** Whether the letter is not resent automatically. */
export const waitsForPerson = (state: LetterState): boolean =>
  state !== 'automatic' && state !== 'resent';

/** Reads the position of resend-dead-letters, and derives the state of each letter of the topic. */
export const letterStates = async (
  kafka: Kafka,
  topic: string,
): Promise<(letter: DeadLetter) => LetterState> => {
  const resent = {
    soon: await readHandled(kafka, { topic, groupId: resendGroup(topic, 'soon') }),
    later: await readHandled(kafka, { topic, groupId: resendGroup(topic, 'later') }),
  };
  return (letter) => {
    const plan = resendPlan(letter);
    if (plan !== 'soon' && plan !== 'later') return plan;
    return resent[plan].get(letter.partition)?.has(letter.offset) ? 'resent' : 'automatic';
  };
};
