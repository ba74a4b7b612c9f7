import { beforeAll, expect, it, vi } from 'vitest';
import { buildFunctions } from '#scripts/build.ts';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import {
  connectClient,
  type Frame,
  overEventStream,
  overWebSocket,
} from '#shared/clients/connect-client.ts';
import { sentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { startFunction } from '#shared/testing/servers/function-process.ts';
import { testDatabase, testRedis } from '#shared/testing/servers/servers.ts';
import { tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import { newMessage } from '#shared/testing/worlds/inbox.ts';

const secret = 'a secret of at least thirty-two characters';
const databaseUrl = (await testDatabase()).url;
const variables = {
  DATABASE_URL: databaseUrl,
  REDIS_URL: (await testRedis()).url,
  AUTH_JWT_SECRET: secret,
  ...tokenClaims,
  DRAIN_SECONDS: '1',
};
const sql = connectPostgres({ url: databaseUrl, max: 1 });
const store = inboxStore(sql);
const startPod = () => startFunction({ name: 'connect-client', variables });
beforeAll(buildFunctions);

it('sends its clients to another pod at SIGTERM, which gives them what was recorded meanwhile', async () => {
  const [first, second] = await Promise.all([startPod(), startPod()]);
  const user = { tenantId: 'acme', userId: 'c-1007' };
  const subject = user.userId;
  const token = await issueToken({ secret, tenantId: 'acme', scopes: ['inbox:read'], subject });
  // What routes new connections: to the first pod, then to the second.
  const routes = [first, second].map(({ url }) => Number(new URL(url).port));
  const [before, after] = await Promise.all(routes.map((port) => tcpProxy({ port })));
  let route = before!;
  const clients = [overWebSocket, overEventStream].map((transport) => {
    const frames: Frame[] = [];
    const states: string[] = [];
    const client = connectClient({
      url: 'http://connect',
      token: () => token,
      onFrame: (frame) => frames.push(frame),
      onState: (state) => states.push(state),
      waitMs: 10,
      transports: [(attempt) => transport({ ...attempt, url: `http://127.0.0.1:${route.port}` })],
    });
    return { ...client, frames, states };
  });
  const opened = (times: number) =>
    vi.waitFor(() => {
      for (const { states } of clients)
        expect(states.filter((state) => state === 'open')).toHaveLength(times);
    }, 60_000);
  await opened(1);

  const appended = await store.append([newMessage(user), newMessage(user)]);
  route = after!;
  first.kill('SIGTERM');
  await opened(2);
  expect(await first.exited).toBe(0);
  const wanted = appended.map((message) => JSON.parse(sentFrame(message).text) as Frame);
  await vi.waitFor(() => {
    for (const { frames } of clients) expect(frames).toEqual(wanted);
  }, 60_000);

  for (const { close } of clients) close();
  second.kill('SIGTERM');
  expect(await second.exited).toBe(0);
  await Promise.all([before!.close(), after!.close(), sql.end()]);
});
