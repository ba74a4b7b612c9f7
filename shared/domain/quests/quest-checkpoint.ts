/** A place in the order of events: those of one instant go by their ids. */
export type QuestPlace = Readonly<{ at: Date; eventId: string }>;

/** An event that can be part of the next completion, with the steps that it met. */
type OpenEvent = QuestPlace & Readonly<{ steps: readonly number[] }>;

/** A quest of a user as of an event: all that later events depend on, however many came before. */
export type QuestCheckpoint = Readonly<{
  /** The last event that it includes; undefined before the first. */
  place: QuestPlace | undefined;
  /** How many events it includes. */
  events: number;
  /** How many times they complete the quest. */
  completions: number;
  /**
   * The events that the next completion can still use, in order: at most as many as the rule takes
   * for each way to begin.
   */
  open: readonly OpenEvent[];
}>;

/** A quest before its first event. */
export const questBeginning: QuestCheckpoint = {
  place: undefined,
  events: 0,
  completions: 0,
  open: [],
};

/** Whether an event comes after a place; every event comes after the beginning. */
export const isAfter = (event: QuestPlace, place: QuestPlace | undefined): boolean =>
  place === undefined || comparePlaces(event, place) > 0;

/** Orders events by time, and those of one instant by their ids. */
export const comparePlaces = (a: QuestPlace, b: QuestPlace): number =>
  a.at.getTime() - b.at.getTime() || compareIds(a.eventId, b.eventId);

const compareIds = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
