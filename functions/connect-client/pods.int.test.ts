import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { buildFunctions } from '#scripts/build.ts';
import { seededRandom } from '#scripts/orders/random.ts';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import {
  connectClient,
  type Frame,
  overEventStream,
  overWebSocket,
} from '#shared/clients/connect-client.ts';
import {
  type InboxMessage,
  type InboxUser,
  sentFrame,
} from '#shared/domain/inbox/inbox-message.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
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
  // Frames whose publication is lost are found by it.
  HEARTBEAT_SECONDS: '2',
};
const sql = connectPostgres({ url: databaseUrl, max: 2 });
const redis = connectRedis(variables.REDIS_URL);
const [store, stream] = [inboxStore(sql), inboxStream(redis)];
const startPod = () => startFunction({ name: 'connect-client', variables });
const tokenOf = ({ tenantId, userId }: InboxUser) =>
  issueToken({ secret, tenantId, scopes: ['inbox:read'], subject: userId });
const frameOf = (message: InboxMessage) => JSON.parse(sentFrame(message).text) as Frame;
beforeAll(buildFunctions);
afterAll(async () => {
  await sql.end();
  redis.disconnect();
});

it('sends its clients to another pod at SIGTERM, which gives them what was recorded meanwhile', async () => {
  const [first, second] = await Promise.all([startPod(), startPod()]);
  const user = { tenantId: 'acme', userId: 'c-1007' };
  const token = await tokenOf(user);
  // Routes new connections: to the first pod, then to the second.
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
  const wanted = appended.map(frameOf);
  await vi.waitFor(() => {
    for (const { frames } of clients) expect(frames).toEqual(wanted);
  }, 60_000);

  for (const { close } of clients) close();
  second.kill('SIGTERM');
  expect(await second.exited).toBe(0);
  await Promise.all([before!.close(), after!.close()]);
});

/**
 * A client in a process whose clocks are off by so much, and which records the callers that read
 * them.
 */
const clientProgram = `
const [, client, url, token, offMs] = process.argv;
const { Date: RealDate } = globalThis;
let reads = 0;
// The third line of the stack is the clock, the fourth one its caller.
const off = (real) => {
  reads += Number(new Error().stack.split('\\n')[3].includes(client));
  return real + Number(offMs);
};
globalThis.Date = class extends RealDate {
  constructor(...parts) { super(...(parts.length === 0 ? [off(RealDate.now())] : parts)); }
  static now() { return off(RealDate.now()); }
};
const now = performance.now.bind(performance);
performance.now = () => off(now());
const { connectClient } = await import(client);
const connection = connectClient({
  url,
  token: () => token,
  lastId: '0',
  waitMs: 10,
  onFrame: ({ id }) => {
    console.log(JSON.stringify({ id, day: new Date().toISOString().slice(0, 10), reads }));
    if (id === '2') connection.reconnect();
    if (id === '4') process.exit();
  },
});`;

const dayMs = 86_400_000;

it.each([
  ['ahead', dayMs],
  ['behind', -dayMs],
])(
  'gives a client whose clocks are a day %s every frame, also after it reconnected',
  async (_what, offMs) => {
    const pod = await startPod();
    const user = { tenantId: 'acme', userId: `clock-${offMs}` };
    const file = new URL('../../shared/clients/connect-client.ts', import.meta.url).href;
    const parts = [file, pod.url, await tokenOf(user), String(offMs)];
    const child = spawn(process.execPath, ['--input-type=module', '-e', clientProgram, ...parts]);
    onTestFinished(() => void child.kill());
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const received = async () => JSON.parse((await lines.next()).value as string) as unknown;

    for (const ids of [
      ['1', '2'],
      ['3', '4'],
    ]) {
      const messages = await store.append(ids.map(() => newMessage(user)));
      await stream.publish([{ user, frames: messages.map(sentFrame) }]);
      const day = new Date(Date.now() + offMs).toISOString().slice(0, 10);
      for (const id of ids) expect(await received()).toEqual({ id, day, reads: 0 });
    }
    pod.kill('SIGKILL');
  },
);

/**
 * Each round sends a message to half of the clients and cuts a tenth of them; `npm run storm` plays
 * a larger one, with actions through the whole platform.
 */
const storm = { clients: 30, rounds: 6 };

type StormPod = Awaited<ReturnType<typeof openPod>>;
const openPod = async () => {
  const pod = await startPod();
  const proxy = await tcpProxy({ port: Number(new URL(pod.url).port) });
  const end = async (signal: NodeJS.Signals) => {
    pod.kill(signal);
    await pod.exited;
    await proxy.close();
  };
  return { proxy, end, url: `http://127.0.0.1:${proxy.port}` };
};

/**
 * A client that connects to any pod, with the frames that it received and those that it should
 * receive.
 */
const stormClient = async (user: InboxUser, pickPod: () => StormPod) => {
  const token = await tokenOf(user);
  const frames: Frame[] = [];
  const client = connectClient({
    url: 'http://connect',
    token: () => token,
    onFrame: (frame) => frames.push(frame),
    lastId: '0',
    waitMs: 10,
    waitMsMax: 200,
    transports: [(attempt) => overWebSocket({ ...attempt, url: pickPod().url })],
  });
  return {
    ...client,
    user,
    frames,
    wanted: [] as Frame[],
  };
};

it('gives each client every frame once, while connections are cut and pods are replaced in turn', async () => {
  const random = seededRandom(7);
  const pods = await Promise.all([openPod(), openPod()]);
  const pickPod = () => pods[Math.floor(random() * pods.length)]!;
  const users = Array.from({ length: storm.clients }, (_, n) => ({
    tenantId: 't',
    userId: `u-${n}`,
  }));
  const clients = await Promise.all(users.map((user) => stormClient(user, pickPod)));
  const byUser = new Map(clients.map((client) => [client.user.userId, client]));

  const playRound = async () => {
    const chosen = users.filter(() => random() < 0.5);
    const messages = await store.append(chosen.map(newMessage));
    for (const message of messages) {
      const client = byUser.get(message.userId)!;
      client.wanted.push(frameOf(message));
    }
    // Cut between the record and its publication, and some publications are lost permanently.
    for (const { reconnect } of clients.filter(() => random() < 0.1)) reconnect();
    const published = messages.filter(() => random() < 0.9);
    await stream.publish(
      published.map((message) => ({ user: message, frames: [sentFrame(message)] })),
    );
  };
  for (let round = 1; round <= storm.rounds; round += 1) {
    await playRound();
    if (round % 3 === 1) pods[0].proxy.reset();
    if (round % 3 !== 0) continue;
    const old = pods.shift();
    pods.push(await openPod());
    await old?.end(round % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
  }

  // Counted first: comparing them all again and again would take the processor from the clients.
  const lacking = () => clients.filter(({ frames, wanted }) => frames.length < wanted.length);
  await vi.waitFor(() => expect(lacking().length).toBe(0), 300_000);
  for (const { frames, wanted } of clients) expect(frames).toEqual(wanted);
  for (const { close } of clients) close();
  await Promise.all(pods.map(({ end }) => end('SIGKILL')));
});
