import type { Rating } from './rate-order.ts';
import type { Refusal } from './rule-for-order.ts';

/** What a program says to an order. */
export type Judgement = Readonly<{ kind: 'rated'; rating: Rating }> | Refusal;
