import type { Refusal } from './earning-rule.ts';
import type { Rating } from './rate-order.ts';

/** What a program says to an order. */
export type Judgement = Readonly<{ kind: 'rated'; rating: Rating }> | Refusal;
