/**
 * What can go wrong with an event or a request, in the three classes that decide what happens next.
 * A business "no" is none of them: that is a value. `message` is public and goes to the caller;
 * `cause` stays in the log.
 */

/**
 * The event or request itself is wrong and stays wrong: answered 400, dead-lettered, never retried.
 */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  /** Stable kebab-case name of the reason, used as metric label and problem type. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The record of a known key is archived: it cannot be read or changed until it is restored. APIs
 * answer 410.
 */
export class RecordArchived extends InvalidEvent {}

/** Something we need is down or full for now: answered 503, retried by the sender. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /**
   * The dependency: `postgres`, `redis`, `kafka`, or `self` while we shut down or the queue is
   * full.
   */
  readonly dependency: string;

  constructor(dependency: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.dependency = dependency;
  }
}
