/**
 * The content type without parameters, unchanged: the Java SDK looks up formats by it, and knows
 * them in lower case only.
 */
const formatOf = (contentType = ''): string | undefined => contentType.split(';', 1)[0];

/** True for the content type of one event as a JSON envelope. */
export const isStructured = (contentType: string | undefined): boolean =>
  formatOf(contentType) === 'application/cloudevents+json';

/** True for the content type of an array of envelopes, which no part of the data plane accepts. */
export const isBatch = (contentType: string | undefined): boolean =>
  formatOf(contentType) === 'application/cloudevents-batch+json';
