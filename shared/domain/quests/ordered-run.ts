import type { QuestRule } from '../campaigns/campaign.ts';
import { isWithin, type QuestEvent, type QuestRun } from './quest-run.ts';

/** Events that did the first so many slots, one each, the last of them at its end. */
type Chain = Readonly<{ first: QuestEvent; last: QuestEvent; before: Chain | undefined }>;

/**
 * Looks for the steps one after the other, a step with a count of n being n slots. Of all chains
 * for the first slots it keeps the one that begins last: where any chain can be completed in time,
 * that one can.
 */
export const orderedRun = ({ steps, withinSeconds }: QuestRule): QuestRun => {
  const slots = steps.flatMap(({ count }, step) => Array.from({ length: count }, () => step));
  const chains: (Chain | undefined)[] = [];
  let latest: QuestEvent | undefined;

  /** The chain that the event makes by doing a slot, where it can. */
  const chainTo = (slot: number, event: QuestEvent): Chain | undefined => {
    const step = slots[slot];
    if (step === undefined || !event.steps.has(step)) return undefined;
    if (slot === 0) return { first: event, last: event, before: undefined };
    const before = chains[slot - 1];
    return before && { first: before.first, last: event, before };
  };

  const keep = (slot: number, chain: Chain | undefined): void => {
    if (chain !== undefined && beginsLater(chain, chains[slot])) chains[slot] = chain;
  };

  const inTime = (): readonly Chain[] =>
    chains.filter(
      (chain) =>
        chain !== undefined && latest !== undefined && isWithin(chain.first, latest, withinSeconds),
    ) as Chain[];

  return {
    take: (event) => {
      latest = event;
      const whole = chainTo(slots.length - 1, event);
      if (whole && isWithin(whole.first, event, withinSeconds)) return eventsOf(whole);
      // From the last slot on, so that an event never extends a chain of its own.
      for (let slot = Math.min(chains.length, slots.length - 2); slot >= 0; slot--) {
        keep(slot, chainTo(slot, event));
      }
      return undefined;
    },
    open: () =>
      [...new Set(inTime().flatMap(eventsOf))].toSorted((one, other) => one.place - other.place),
    progress: () => {
      const chain = inTime().at(-1);
      const events = chain === undefined ? [] : eventsOf(chain);
      const doneSlots = slots.slice(0, events.length);
      return {
        done: steps.map((_step, index) => doneSlots.filter((step) => step === index).length),
        events,
      };
    },
  };
};

const beginsLater = (chain: Chain, than: Chain | undefined): boolean =>
  than === undefined || chain.first.place > than.first.place;

const eventsOf = (chain: Chain): readonly QuestEvent[] => {
  const events: QuestEvent[] = [];
  for (let each: Chain | undefined = chain; each !== undefined; each = each.before) {
    events.push(each.last);
  }
  return events.reverse();
};
