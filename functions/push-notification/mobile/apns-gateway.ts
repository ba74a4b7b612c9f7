import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import { importPKCS8, SignJWT } from 'jose';
import type { Logger } from '#shared/runtime/log.ts';
import type { MobileGateway, MobileNotification, MobileOutcome } from './mobile-gateway.ts';

type Options = Readonly<{
  /** The key of a team for APNs, as the `.p8` file has it. */
  key: string;
  keyId: string;
  teamId: string;
  /** The bundle id of the app. */
  topic: string;
  log: Logger;
  url?: string;
  timeoutMs?: number;
}>;

/** Apple refuses tokens older than an hour, and new ones more often than every 20 minutes. */
const tokenMs = 50 * 60_000;

type Answer = Readonly<{ status: number; body: string }>;

/**
 * The Apple Push Notification service by its HTTP/2 API:
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns.
 * Written with node:http2 and jose, which we use anyway. One connection serves all notifications
 * and is opened again when it ends.
 */
export const apnsGateway = (options: Options): MobileGateway => {
  const { log, url = 'https://api.push.apple.com', timeoutMs = 10_000 } = options;
  const bearers = bearerTokens(options);
  let open: ClientHttp2Session | undefined;

  const session = (): ClientHttp2Session => {
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    const opened = connect(url);
    // Each failed request reports the error itself.
    opened.on('error', () => undefined);
    opened.on('goaway', () => opened.close());
    opened.unref();
    open = opened;
    return opened;
  };

  const post = async (token: string, notification: MobileNotification): Promise<Answer> => {
    const { id, title, expiresAt, data } = notification;
    const authorization = `bearer ${await bearers.get()}`;
    const used = session();
    const request = used.request({
      ':method': 'POST',
      ':path': `/3/device/${encodeURIComponent(token)}`,
      authorization,
      'apns-topic': options.topic,
      'apns-push-type': 'alert',
      'apns-collapse-id': id,
      'apns-expiration': String(Math.floor(expiresAt.getTime() / 1_000)),
    });
    request.end(JSON.stringify({ aps: { alert: { title } }, ...data }));
    // An unresponsive connection is replaced.
    const giveUp = () => used.destroy(new Error('APNs did not respond'));
    const timer = setTimeout(giveUp, timeoutMs);
    return answerOf(request).finally(() => clearTimeout(timer));
  };

  return {
    send: async (token, notification) => {
      try {
        const { status, body } = await post(token, notification);
        const outcome = outcomeOf(status, body);
        // Apple's clock may be ahead of ours.
        if (body.includes('ExpiredProviderToken')) bearers.forget();
        if (outcome === 'failed') log.warn({ status, body }, 'APNs refused a notification');
        return outcome;
      } catch (error) {
        log.warn({ err: error }, 'APNs could not be reached');
        return 'failed';
      }
    },
    close: () => {
      open?.destroy();
      return Promise.resolve();
    },
  };
};

const answerOf = (request: ClientHttp2Stream): Promise<Answer> => {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let status = 0;
  let body = '';
  request
    .setEncoding('utf8')
    .on('response', (headers: IncomingHttpHeaders) => (status = Number(headers[':status'])))
    .on('data', (part: string) => (body += part))
    .on('end', () => resolve({ status, body }))
    .on('close', () => reject(new Error('APNs closed the request')))
    .on('error', reject);
  return promise;
};

/** Tokens that authenticate the team, each signed once and used for less than an hour. */
const bearerTokens = ({ key, keyId, teamId }: Options) => {
  let signed: Readonly<{ token: Promise<string>; untilMs: number }> | undefined;
  const sign = async (): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuer(teamId)
      .setIssuedAt()
      .sign(await importPKCS8(key, 'ES256'));
  return {
    get: (): Promise<string> => {
      if (signed === undefined || Date.now() >= signed.untilMs)
        signed = { token: sign(), untilMs: Date.now() + tokenMs };
      return signed.token;
    },
    forget: () => {
      signed = undefined;
    },
  };
};

/**
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns;
 * DeviceTokenNotForTopic is also the answer to a wrong APNS_TOPIC.
 */
const outcomeOf = (status: number, body: string): MobileOutcome => {
  if (status === 200) return 'sent';
  return status === 410 || body.includes('"BadDeviceToken"') ? 'invalid-token' : 'failed';
};
