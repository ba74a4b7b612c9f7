import { questQualification } from '#shared/eventing/quest-qualification.ts';
import type { Consequences } from '#shared/stores/postgres/record-events.ts';
import { qualifiedFact } from './facts.ts';

/** What follows from a completed quest, and what is said of whoever qualifies. */
export const consequences: Consequences = {
  factOf: qualifiedFact,
  qualificationOf: ({ userId }, { campaign }, completion) =>
    questQualification(campaign, userId, completion),
};
