import type { Refusal } from './earning-rule.ts';
import type { Rating } from './rate-order.ts';

/** What a program says to an order. */
export type RatingOutcome = Readonly<{ kind: 'rated'; rating: Rating }> | Refusal;
