import { z } from 'zod';

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
  K_CE_OVERRIDES: z
    .string()
    .default('{}')
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(overrides)
    .transform(({ extensions }) => extensions),
};
