import { describe, expect, it, vi } from 'vitest';
import { buildFunctions } from '#scripts/build.ts';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { freePort } from '#scripts/services/free-port.ts';
import { sentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { startFunction } from '#shared/testing/servers/function-process.ts';
import { hasBrowser, openPage } from '#shared/testing/servers/headless-browser.ts';
import { testDatabase, testRedis } from '#shared/testing/servers/servers.ts';
import { newMessage } from '#shared/testing/worlds/inbox.ts';
import { startFramesPage } from './frames-page.ts';

const secret = 'a secret of at least thirty-two characters';
const databaseUrl = (await testDatabase()).url;
const redisUrl = (await testRedis()).url;

describe.skipIf(!hasBrowser())('the page of frames, in a browser', () => {
  it('shows frames as they arrive over a WebSocket, and a stream from another origin', async () => {
    await buildFunctions();
    const port = await freePort();
    const connect = await startFunction({
      name: 'connect-client',
      variables: {
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        AUTH_JWT_SECRET: secret,
        ...tokenClaims,
        ALLOWED_ORIGINS: `http://127.0.0.1:${port}`,
      },
    });
    const page = await startFramesPage({
      connectUrl: connect.url,
      tokenOf: (subject) =>
        issueToken({ secret, tenantId: 'acme', scopes: ['inbox:read'], subject }),
      port,
    });
    const sql = connectPostgres({ url: databaseUrl, max: 1 });
    const redis = connectRedis(redisUrl);
    const browser = await openPage(`${page.url}/?user=ann`);
    try {
      const shows = (expression: string, value: unknown) =>
        vi.waitFor(async () => expect(await browser.evaluate(expression)).toBe(value), 60_000);
      await shows("document.getElementById('state').textContent", 'open');
      await browser.evaluate(`(async () => {
        const { connectClient, overEventStream } = await import('/connect-client.js');
        window.streamed = [];
        connectClient({
          url: ${JSON.stringify(connect.url)},
          token: async () => (await fetch('/token?user=ann')).text(),
          onFrame: ({ id }) => window.streamed.push(id),
          onState: (state) => { window.streamState = state },
          transports: [overEventStream],
        });
      })()`);
      await shows('window.streamState', 'open');

      const user = { tenantId: 'acme', userId: 'ann' };
      const frames = (await inboxStore(sql).append([newMessage(user)])).map(sentFrame);
      await inboxStream(redis).publish([{ user, frames }]);
      await shows("document.querySelectorAll('li').length", 1);
      await shows("document.querySelector('li code').textContent", frames[0]!.text);
      await shows('window.streamed.join()', '1');
    } finally {
      await browser.close();
      page.close();
      redis.disconnect();
      await sql.end();
    }
  });
});
