import { Counter, Gauge } from 'prom-client';

/** Letters that were sent back to their topics. */
export const resentTotal = new Counter({
  name: 'guerdon_dead_letters_resent_total',
  help: 'Dead letters sent back to the topic that they came from, by topic',
  labelNames: ['topic'] as const,
});

/** Letters that wait for an operator. */
export const leftTotal = new Counter({
  name: 'guerdon_dead_letters_left_total',
  help: 'Dead letters that are not resent automatically, by reason',
  labelNames: ['reason'] as const,
});

/** How late letters are resent. */
export const oldestDueSeconds = new Gauge({
  name: 'guerdon_oldest_due_dead_letter_seconds',
  help: 'How long the oldest due dead letter had been due in the last run, by pace',
  labelNames: ['pace'] as const,
});

/** The outcome of ticks. */
export const runsTotal = new Counter({
  name: 'guerdon_resend_runs_total',
  help: 'Runs over the dead letters, by outcome: done, stopped at the time limit, or busy',
  labelNames: ['outcome'] as const,
});
