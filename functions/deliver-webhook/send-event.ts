import type { ClaimedDelivery } from '#shared/stores/postgres/webhooks/claim-due.ts';
import { type Calling, type CallResult, callEndpoint } from './call-endpoint.ts';
import { sign } from './sign.ts';

/** The URL of an event, and the secrets that sign it. */
type Recipient = Readonly<{ url: string; secrets: readonly string[] }>;

/** Posts an event, signed as of now. Its webhook-id is the same in every attempt. */
export const sendEvent = (
  calling: Calling,
  { url, secrets }: Recipient,
  { eventId: id, body, now }: Pick<ClaimedDelivery, 'eventId' | 'body'> & Readonly<{ now: Date }>,
): Promise<CallResult> => {
  const timestamp = Math.floor(now.getTime() / 1_000);
  return callEndpoint(calling, {
    ...{ method: 'POST', url, body },
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign(secrets, { id, timestamp, body }),
    },
  });
};
