import { z } from 'zod';
import { jsonText } from '#shared/eventing/contracts/fields.ts';

const overrides = z.object({ extensions: z.record(z.string(), z.string()).default({}) });

/**
 * The variables that a SinkBinding sets in a function, for brokerPublisher. Manifests set neither.
 */
export const sinkShape = {
  /** Where events are sent. */
  K_SINK: z.url(),
  /**
   * Attributes that every event gets: `{"extensions":{"name":"value"}}`, read as what is under
   * `extensions`.
   */
  K_CE_OVERRIDES: jsonText
    .prefault('{}')
    .pipe(overrides)
    .transform(({ extensions }) => extensions),
};
