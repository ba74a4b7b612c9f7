import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import type { Logger } from '#shared/runtime/log.ts';
import type { FcmAccount } from '../config.ts';
import type { MobileGateway, MobileNotification, MobileOutcome } from './mobile-gateway.ts';

type Options = Readonly<{
  account: FcmAccount;
  log: Logger;
  /** The base URL of FCM. */
  url?: string;
  timeoutMs?: number;
}>;

const scope = 'https://www.googleapis.com/auth/firebase.messaging';

/** A token is renewed this long before it expires. */
const marginMs = 60_000;

const granted = z.object({ access_token: z.string(), expires_in: z.number() });

/**
 * Firebase Cloud Messaging by its HTTP v1 API:
 * https://firebase.google.com/docs/cloud-messaging/send/v1-api. Written with fetch and jose, which
 * we use anyway: Google's own client adds a hundred packages for these two requests.
 */
export const fcmGateway = (options: Options): MobileGateway => {
  const { account, log, url = 'https://fcm.googleapis.com', timeoutMs = 10_000 } = options;
  const access = accessTokens(account, timeoutMs);
  return {
    send: async (token, notification) => {
      try {
        const answer = await fetch(`${url}/v1/projects/${account.project_id}/messages:send`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${await access.get()}`,
            'content-type': 'application/json',
          },
          body: messageFor(token, notification),
          signal: AbortSignal.timeout(timeoutMs),
        });
        const outcome = outcomeOf(answer.status, await answer.text());
        if (answer.status === 401) access.forget();
        if (outcome === 'failed') log.warn({ status: answer.status }, 'FCM refused a notification');
        return outcome;
      } catch (error) {
        log.warn({ err: error }, 'FCM could not be reached');
        return 'failed';
      }
    },
    close: () => Promise.resolve(),
  };
};

const messageFor = (token: string, notification: MobileNotification): string => {
  const { id, title, expiresAt, data } = notification;
  const seconds = Math.max(0, Math.floor((expiresAt.getTime() - Date.now()) / 1_000));
  const android = { ttl: `${seconds}s`, notification: { tag: id } };
  return JSON.stringify({ message: { token, data, notification: { title }, android } });
};

/**
 * Access tokens of a service account, each fetched once and kept until shortly before it expires.
 */
const accessTokens = (account: FcmAccount, timeoutMs: number) => {
  let known: Readonly<{ token: Promise<string>; untilMs: number }> | undefined;
  return {
    get: (): Promise<string> => {
      if (known !== undefined && Date.now() < known.untilMs) return known.token;
      const asked = askToken(account, timeoutMs);
      const token = asked.then(({ access_token }) => access_token);
      const asking = { token, untilMs: Date.now() + timeoutMs };
      known = asking;
      asked.then(
        ({ expires_in: seconds }) => {
          if (known === asking) known = { token, untilMs: Date.now() + seconds * 1_000 - marginMs };
        },
        // Waiting callers get the error; the next one tries again.
        () => {
          if (known === asking) known = undefined;
        },
      );
      return token;
    },
    forget: () => {
      known = undefined;
    },
  };
};

const askToken = async (account: FcmAccount, timeoutMs: number) => {
  const assertion = await new SignJWT({ scope })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(account.client_email)
    .setAudience(account.token_uri)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(await importPKCS8(account.private_key, 'RS256'));
  const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const answer = await fetch(account.token_uri, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: grant, assertion }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok) throw new Error(`${account.token_uri} answered ${answer.status}`);
  return granted.parse(await answer.json());
};

/**
 * https://firebase.google.com/docs/cloud-messaging/error-codes. 404 alone is also the answer to a
 * wrong project; 400 names a malformed token in one of two ways.
 */
const outcomeOf = (status: number, body: string): MobileOutcome => {
  if (status === 200) return 'sent';
  const isGone = status === 404 && body.includes('UNREGISTERED');
  return isGone || (status === 400 && malformedToken.test(body)) ? 'invalid-token' : 'failed';
};

const malformedToken = /"message\.token"|not a valid FCM registration token/;
