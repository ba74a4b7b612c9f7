/**
 * An event that met steps of a quest. Of two, the one with the greater `place` is the later one.
 */
export type QuestEvent = Readonly<{
  eventId: string;
  at: Date;
  place: number;
  steps: ReadonlySet<number>;
}>;

/**
 * One way through a quest, from the completion before it on. It is given the events in their order.
 */
export type QuestRun = Readonly<{
  /**
   * Takes one more event: those of the completion that it ends, begun as late as can be, or
   * undefined where it ends none.
   */
  take: (event: QuestEvent) => readonly QuestEvent[] | undefined;
  /**
   * The events that can still be part of a completion, in order: taken by a new run, they put it
   * where this one is.
   */
  open: () => readonly QuestEvent[];
  /** What is done as of the last event taken. */
  progress: () => Readonly<{
    /** Per step of the rule: how many events of it count, its count at most. */
    done: readonly number[];
    events: readonly QuestEvent[];
  }>;
}>;

/** Whether two events are near enough to be of one completion. */
export const isWithin = (
  first: QuestEvent,
  last: QuestEvent,
  withinSeconds: number | undefined,
): boolean =>
  withinSeconds === undefined || last.at.getTime() - first.at.getTime() <= withinSeconds * 1000;
