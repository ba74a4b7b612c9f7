import type { ClauseDuration } from './clause-duration.ts';

/** A single value of an expression; an `int` is a bigint. */
export type Scalar = bigint | number | string | boolean | Date | ClauseDuration;

/** What a part of an expression may come to. */
export type Value = Scalar | readonly Scalar[];

/**
 * Why a part of an expression has no value. It is returned and never thrown, because throwing in a
 * loop is slow.
 */
export class Failure {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** A value, or why there is none. */
export type Answer = Value | Failure;

/** The type of a value. A list holds scalars of one type. */
export type Type = 'int' | 'double' | 'string' | 'bool' | 'timestamp' | 'duration' | 'list';
