import type { Correlation } from '#shared/domain/correlation.ts';

/** A correlation as a query returns it from the columns correlation_id and traceparent. */
export type CorrelationRow = Readonly<{ correlationId: string | null; traceparent: string | null }>;

/** The correlation in a row. */
export const toCorrelation = ({ correlationId, traceparent }: CorrelationRow): Correlation => ({
  correlationId: correlationId ?? undefined,
  traceparent: traceparent ?? undefined,
});
