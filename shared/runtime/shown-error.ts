import { pino, type SerializedError } from 'pino';

/**
 * An error as the log shows it: type, message, stack and codes, without anything that may quote
 * data. Postgres quotes whole rows in `detail` and `where`, and values in messages about invalid
 * input (https://www.postgresql.org/docs/18/protocol-error-fields.html).
 */
export const shownError = (error: Error): SerializedError => {
  const fields = Object.entries(pino.stdSerializers.err(error));
  const shown = Object.fromEntries<unknown>(fields.filter(([field]) => !quoting.has(field)));
  for (const [message, masked] of quotesIn(error))
    for (const field of ['message', 'stack'])
      shown[field] = String(shown[field]).replaceAll(message, masked);
  return shown as unknown as SerializedError;
};

/** Fields of an error that repeat what was sent, or contain further errors. */
const quoting: ReadonlySet<string> = new Set([
  ...['detail', 'where', 'hint', 'query', 'internal_query', 'parameters', 'args'],
  ...['cause', 'aggregateErrors', 'errors', 'command'],
]);

/** The messages of an error and its causes that quote a value, each with what is shown of it. */
const quotesIn = (error: unknown): readonly (readonly [message: string, masked: string])[] => {
  if (!(error instanceof Error)) return [];
  const { message, cause } = error;
  const masked = isAboutInput(error) ? [[message, message.replace(/".*"/s, '"…"')] as const] : [];
  return [...masked, ...quotesIn(cause)];
};

/** Class 22 of Postgres' codes: invalid data; and what JSON.parse throws quotes its text. */
const isAboutInput = (error: Error): boolean =>
  error instanceof SyntaxError || String((error as { code?: unknown }).code).startsWith('22');
