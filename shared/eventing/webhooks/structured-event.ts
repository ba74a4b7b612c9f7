import type { CloudEvent } from '../cloud-event.ts';

/** The extensions of an event that endpoints receive; others concern our own transport. */
type Shown = Pick<CloudEvent, 'id' | 'source' | 'type' | 'time' | 'data'> &
  Readonly<{ tenantId: string; correlationId?: string | undefined }>;

/**
 * An event as one JSON document: the structured mode of CloudEvents.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export const structuredEvent = ({
  id,
  source,
  type,
  time,
  data,
  tenantId,
  correlationId,
}: Shown): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type,
    time,
    datacontenttype: 'application/json',
    tenantid: tenantId,
    correlationid: correlationId,
    data,
  });
