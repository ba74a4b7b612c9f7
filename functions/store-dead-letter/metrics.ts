import { Counter } from 'prom-client';

/** Dead letters that Kafka has. */
export const deadLettersStoredTotal = new Counter({
  name: 'guerdon_dead_letters_stored_total',
  help: 'Dead letters stored, by the origin of the event and whether it was refused or failed',
  labelNames: ['origin', 'reason'] as const,
});

/** Dead letters of which only the headers are stored. */
export const deadLetterValuesOmittedTotal = new Counter({
  name: 'guerdon_dead_letter_values_omitted_total',
  help: 'Dead letters stored without their value because it is too large, by the origin of the event',
  labelNames: ['origin'] as const,
});
