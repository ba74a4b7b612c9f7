import { Unavailable } from '#shared/domain/errors.ts';

const variables: Readonly<Record<string, string>> = {
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
  kafka: 'KAFKA_BROKERS',
};

/** What an operator reads of an error: which service is unavailable, how it is found, and why. */
export const explainFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof Unavailable)) return error.message;
  const { dependency, message, cause } = error;
  const variable = variables[dependency];
  const found = variable === undefined ? '' : ` (${variable})`;
  const reason = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
  return `${dependency}${found} is unavailable: ${message}${reason}`;
};
