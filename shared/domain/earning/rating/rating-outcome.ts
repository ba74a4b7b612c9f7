import type { Refusal } from './earning-rule.ts';
import type { Rating } from './rate-order.ts';

/** The result of rating an order in a program. */
export type RatingOutcome = Readonly<{ kind: 'rated'; rating: Rating }> | Refusal;
