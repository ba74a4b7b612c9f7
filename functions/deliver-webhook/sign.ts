import { createHmac } from 'node:crypto';

type Message = Readonly<{ id: string; timestamp: number; body: string }>;

/**
 * The value of `webhook-signature`: one HMAC-SHA256 per valid secret, separated by blanks.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const sign = (secrets: readonly string[], { id, timestamp, body }: Message): string =>
  secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`);
      return `v1,${digest.digest('base64')}`;
    })
    .join(' ');
