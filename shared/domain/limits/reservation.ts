import type { RefusedCap } from './caps.ts';

/**
 * What the counters answer to a claim, by what Postgres has committed as far as they know, and what is reserved beside it:
 * `refused` by a cap that is full without any reservation · `contended`, full only together with others' reservations, and not reserved ·
 * `cold`, the counters of these subjects are missing, so nothing can be said · `reserved`, for some minutes.
 */
export type Reservation = Readonly<
  | { kind: 'reserved' }
  | { kind: 'contended' }
  | { kind: 'cold'; subjects: readonly string[] }
  | ({ kind: 'refused' } & RefusedCap)
>;
