import { planResend, type ResendPlan } from '#shared/domain/dead-letters/plan-resend.ts';
import type { DeadLetter } from './dead-letter.ts';

/** Whether and when a letter is resent automatically, or why it waits for an operator. */
export const resendPlan = (letter: DeadLetter): ResendPlan | 'no-topic' | 'no-value' => {
  const { topic, isValueOmitted, status, at, resends, firstLetterAt } = letter;
  if (isValueOmitted) return 'no-value';
  if (topic === undefined) return 'no-topic';
  return planResend({
    status: status === undefined ? undefined : Number(status),
    writtenAtMs: at.getTime(),
    resends,
    firstLetterAtMs: firstLetterAt.getTime(),
  });
};
