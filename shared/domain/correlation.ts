/** What ties an event to what caused it, across functions and topics. */
export type Correlation = Readonly<{
  correlationId?: string | undefined;
  /** W3C trace context: https://www.w3.org/TR/trace-context/ */
  traceparent?: string | undefined;
  /**
   * The time of the record, tick or event that started it, RFC 3339; latencies are measured from
   * it.
   */
  startedAt?: string | undefined;
}>;
