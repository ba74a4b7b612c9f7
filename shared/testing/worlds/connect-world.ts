import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Logger, pino } from 'pino';
import { afterAll, expect, onTestFinished, vi } from 'vitest';
import WebSocket from 'ws';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { type ConnectOptions, connectClient, type Frame } from '#shared/clients/connect-client.ts';
import { type InboxUser, sentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { acceptUpgrades, createHost, type HandleUpgrade } from '#shared/runtime/host.ts';
import { type Authenticate, authenticator, authShape } from '#shared/runtime/http/access/auth.ts';
import type { HttpFunction } from '#shared/runtime/http/http-function.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { type InboxStore, inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import {
  type InboxChannel,
  type InboxListener,
  inboxChannel,
} from '#shared/stores/redis/inbox/inbox-channel.ts';
import { type InboxStream, inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { testDatabase, testRedis } from '../servers/servers.ts';
import { traffic } from '../traffic.ts';
import { newMessage } from './inbox.ts';

/** Makes the handler of connect-client. */
type Compose<Handler> = (
  parts: Readonly<{
    store: InboxStore;
    stream: InboxStream;
    openChannel: (listener: InboxListener) => InboxChannel;
    authenticate: Authenticate;
    variables: Record<string, string>;
    log: Logger;
  }>,
) => Handler;

type Handler = Readonly<{
  handle: HttpFunction;
  upgrade: HandleUpgrade;
  heartbeat: () => Promise<void>;
  close: () => Promise<void>;
}>;

/** The secret that signs the tokens of users. */
export const secret = 'a secret of at least thirty-two characters';

/** A user whom no other test has: channels are not bound to a database of Redis. */
export const newUser = (): InboxUser => ({ tenantId: 'acme', userId: `u-${randomUUID()}` });

/** A token of a user, for so many hours from now. */
export const tokenOf = ({ tenantId, userId }: InboxUser, hours = 1): Promise<string> =>
  issueToken({ secret, tenantId, scopes: ['inbox:read'], subject: userId, hours });

/** Resolves when a socket has received its WELCOME. */
export const welcomed = (texts: readonly string[]): Promise<void> =>
  vi.waitFor(() => expect(texts[0]).toContain('WELCOME'), 60_000);

/** Pods of connect-client on the Postgres and the Redis of the test file, and clients of them. */
export const connectWorld = async (compose: Compose<Handler>) => {
  const sql = connectPostgres({ url: (await testDatabase()).url, max: 4 });
  const redisUrl = (await testRedis()).url;
  const redis = connectRedis(redisUrl);
  const [store, stream] = [inboxStore(sql), inboxStream(redis)];
  afterAll(async () => {
    await sql.end();
    await redis.quit();
  });

  /** A pod that listens on its own port until the end of the file. */
  const startPod = async (variables: Record<string, string> = {}, url = redisUrl) => {
    const own = connectRedis(url);
    const logged: string[] = [];
    const reads = vi.fn(store.after);
    const newest = vi.fn(store.newest);
    const handler = compose({
      store: { ...store, newest, after: reads },
      stream: inboxStream(own),
      openChannel: (listener) => inboxChannel(own, listener, { heartbeatMs: 100 }),
      authenticate: authenticator(
        readConfig(authShape, { AUTH_JWT_SECRET: secret, ...tokenClaims, ...variables }),
      ),
      variables: { HEARTBEAT_SECONDS: '3600', ...variables },
      log: pino({ level: 'error' }, { write: (line) => logged.push(line) }),
    });
    const server = createHost(handler.handle, traffic);
    acceptUpgrades(server, traffic, handler.upgrade);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterAll(async () => {
      server.closeAllConnections();
      server.close();
      await handler.close();
      own.disconnect();
    });
    const { port } = server.address() as AddressInfo;
    return { ...handler, server, reads, newest, logged, port, url: `http://127.0.0.1:${port}` };
  };
  type Pod = Awaited<ReturnType<typeof startPod>>;
  const pod = await startPod();

  /** Appends messages to an inbox; pods are not notified until they are published. */
  const append = async (user: InboxUser, count = 1) => {
    const messages = Array.from({ length: count }, () => newMessage(user));
    return (await store.append(messages)).map(sentFrame);
  };
  const publish = async (user: InboxUser, frames: Awaited<ReturnType<typeof append>>) =>
    stream.publish([{ user, frames }]);
  const send = async (user: InboxUser, count = 1) => {
    const frames = await append(user, count);
    await publish(user, frames);
    return frames.map(({ text }) => JSON.parse(text) as Frame);
  };

  type Parts = Partial<ConnectOptions> & Readonly<{ on?: Pick<Pod, 'url'> }>;

  /** The client of a user, and what it received. */
  const connect = async (user: InboxUser, { on = pod, ...parts }: Parts = {}) => {
    const frames: Frame[] = [];
    const states: string[] = [];
    const onMissed = vi.fn();
    const token = await tokenOf(user);
    const client = connectClient({
      url: on.url,
      token: () => token,
      onFrame: (frame) => frames.push(frame),
      onMissed,
      onState: (state) => states.push(state),
      waitMs: 10,
      ...parts,
    });
    onTestFinished(client.close);
    const isOpen = (times = 1) =>
      vi.waitFor(
        () =>
          expect(states.filter((state) => state === 'open').length).toBeGreaterThanOrEqual(times),
        60_000,
      );
    const received = (wanted: readonly Frame[]) =>
      vi.waitFor(() => expect(frames).toEqual(wanted), { timeout: 60_000, interval: 10 });
    await isOpen();
    return { client, frames, onMissed, isOpen, received };
  };

  type KnockOptions = WebSocket.ClientOptions & { on?: Pod };

  /** A bare socket, and the code with which it is closed. */
  const knock = (protocols: readonly string[], { on = pod, ...options }: KnockOptions = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${on.port}/ws`, [...protocols], options);
    onTestFinished(() => socket.terminate());
    const closed = Promise.withResolvers<number>();
    const texts: string[] = [];
    socket
      .on('error', () => undefined)
      .on('message', (data: Buffer) => texts.push(data.toString()))
      .on('close', (code) => closed.resolve(code))
      .on('unexpected-response', (_request, { statusCode = 0 }) => closed.resolve(statusCode));
    return { socket, texts, closed: closed.promise };
  };
  const knockAs = async (user: InboxUser, options: KnockOptions = {}) =>
    knock(['guerdon.v1', `bearer.${await tokenOf(user)}`], options);

  return {
    ...{ sql, redis, redisUrl, store, stream, startPod, pod },
    ...{ append, publish, send, connect, knock, knockAs },
  };
};
