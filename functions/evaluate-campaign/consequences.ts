import { questQualification } from '#shared/eventing/quest-qualification.ts';
import type { Consequences } from '#shared/stores/postgres/events/record-events.ts';
import { qualifiedFacts } from './facts.ts';

/** What follows from a completed quest, and what is published of what an event entitles to. */
export const consequences: Consequences = {
  factsOf: qualifiedFacts,
  qualificationOf: ({ userId }, { campaign }, completion) =>
    questQualification(campaign, userId, completion),
};
