import type { Fact } from './fact.ts';

/** A fact with the threads that tie it to its cause. */
export type Publication = Readonly<{
  fact: Fact;
  correlationId?: string | undefined;
  /** W3C trace context of the cause: https://www.w3.org/TR/trace-context/ */
  traceparent?: string | undefined;
}>;

/** Takes facts out into the world, at least once each. */
export type Publisher = Readonly<{
  /**
   * Resolves once every fact is durable at its destination; repeating it repeats the same ids.
   * @throws Unavailable when the destination is not there.
   */
  publish: (publications: readonly Publication[]) => Promise<void>;
  close: () => Promise<void>;
}>;
