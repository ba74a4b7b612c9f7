import type { MatchingModel } from './models/matching-model.ts';
import type { TermFrequencies } from './models/term-frequencies.ts';

/** What a tenant's records are scored by. */
export type Matching = Readonly<{
  model: MatchingModel;
  /** As they were when the model was trained: they must not change with each record. */
  frequencies?: TermFrequencies | undefined;
}>;
