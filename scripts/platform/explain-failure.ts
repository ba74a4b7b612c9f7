import { Unavailable } from '#shared/domain/errors.ts';

const variables: Readonly<Record<string, string>> = {
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
  kafka: 'KAFKA_BROKERS',
};

/** Explains an error to an operator: which service is unavailable, at which address, and why. */
export const explainFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name.startsWith('KafkaJS')) return explainKafka(error);
  if (!(error instanceof Unavailable)) return error.message;
  const { dependency, message, cause } = error;
  const variable = variables[dependency];
  const found = variable === undefined ? '' : ` (${variable})`;
  const reason = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
  return `${dependency}${found} is unavailable: ${message}${reason}`;
};

const explainKafka = (error: Error): string => {
  const refusal = refusalOf(error);
  return refusal === undefined
    ? `Kafka is unreachable; is the platform running? (${error.message})`
    : `Kafka refused the request: ${error.message} (${refusal})`;
};

/**
 * The error code of a broker that refused a request, such as MESSAGE_TOO_LARGE, also when retries
 * were exhausted.
 */
const refusalOf = (error: Error): string | undefined => {
  if ('type' in error && typeof error.type === 'string') return error.type;
  return error.cause instanceof Error ? refusalOf(error.cause) : undefined;
};
