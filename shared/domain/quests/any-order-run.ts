import type { QuestRule } from '../campaigns/campaign.ts';
import { isWithin, type QuestEvent, type QuestRun } from './quest-run.ts';

/** Looks for all steps in any order; an event counts for every step that it meets. */
export const anyOrderRun = ({ steps, withinSeconds }: QuestRule): QuestRun => {
  /**
   * Of each step the last events, as many as it takes: where any can complete the quest in time,
   * these can.
   */
  const recent = steps.map((): QuestEvent[] => []);

  const inTime = (event: QuestEvent) => (first: QuestEvent) =>
    isWithin(first, event, withinSeconds);
  let latest: QuestEvent | undefined;
  const counted = () =>
    recent.map((events) => (latest === undefined ? [] : events.filter(inTime(latest))));

  return {
    take: (event) => {
      latest = event;
      for (const [step, { count }] of steps.entries()) {
        const events = recent[step];
        if (events === undefined || !event.steps.has(step)) continue;
        events.push(event);
        if (events.length > count) events.shift();
      }
      const isWhole = steps.every(
        ({ count }, step) => recent[step]?.length === count && recent[step].every(inTime(event)),
      );
      return isWhole ? inOrder(recent) : undefined;
    },
    open: () => inOrder(counted()),
    progress: () => ({
      done: counted().map(({ length }) => length),
      events: inOrder(counted()),
    }),
  };
};

/** Each once, in the order in which they happened. */
const inOrder = (events: readonly (readonly QuestEvent[])[]): readonly QuestEvent[] =>
  [...new Set(events.flat())].toSorted((a, b) => a.place - b.place);
