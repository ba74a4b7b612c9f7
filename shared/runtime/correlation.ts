import type { CloudEvent } from '#shared/eventing/cloud-event.ts';

/**
 * What ties together everything one cause brings about, across functions and topics: the extension `correlationid` if a
 * cause before us set it, else the id of the event itself, made unique by its source.
 */
export const correlationOf = ({ extensions, source, id }: CloudEvent): string =>
  extensions['correlationid'] ?? `${source} ${id}`;
