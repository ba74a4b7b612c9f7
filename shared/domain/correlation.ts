/** What ties an event to what caused it, across functions and topics. */
export type Correlation = Readonly<{
  correlationId?: string | undefined;
  /** W3C trace context: https://www.w3.org/TR/trace-context/ */
  traceparent?: string | undefined;
  /**
   * The time of the record, tick or event at the beginning, RFC 3339: how long it all took is
   * measured from it.
   */
  startedAt?: string | undefined;
}>;
