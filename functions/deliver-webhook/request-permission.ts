import { type Calling, type CallResult, callEndpoint } from './call-endpoint.ts';

/** The rate that an endpoint allows; undefined: no limit. */
type Permission = Readonly<{ ratePerMinute: number | undefined }>;

/**
 * Requests an endpoint's permission for deliveries, so that nobody can register somebody else's
 * endpoint (CloudEvents, abuse protection). Without permission the result is an error.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
 */
export const requestPermission = async (
  calling: Calling,
  url: string,
): Promise<CallResult & Readonly<{ permission?: Permission }>> => {
  const called = await callEndpoint(calling, { method: 'OPTIONS', url });
  const { result } = called;
  if (!('status' in result) || result.status < 200 || result.status >= 300) return called;
  const allowed = called.headers['webhook-allowed-origin'];
  if (allowed !== '*' && allowed !== calling.origin)
    return { ...called, result: { error: 'origin-not-allowed' } };
  const rate = String(called.headers['webhook-allowed-rate']);
  const ratePerMinute = /^[1-9]\d{0,5}$/.test(rate) ? Number(rate) : undefined;
  return { ...called, permission: { ratePerMinute } };
};
