import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import { domainEventOf } from '#shared/eventing/domain-event.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { bundleServers } from '../../core/bundle.ts';
import type { Bench } from '../../core/row.ts';
import type { BenchServer } from '../../core/server.ts';
import { type OpenSockets, openSockets } from '../../load/open-sockets.ts';
import { pipelineSecret, withPipeline } from '../pipeline/with-pipeline.ts';
import type { Carrier, Sending } from './push-frames.ts';

const dist = resolve(import.meta.dirname, '../../../../dist');

/** A carrier whose server is measured, too. */
type MeasuredCarrier = Carrier & Readonly<{ mbPerThousand: number }>;

type Use<Result> = (carrier: MeasuredCarrier) => Promise<Result>;

let tenants = 0;
const newTenant = (): string => `bench-push-${(tenants += 1)}`;
const userOf = (client: number): string => `u-${client}`;

/** Frames that are published to the streams of one pod of connect-client. */
export const withConnectClient = async <Result>(
  bench: Bench,
  clients: number,
  use: Use<Result>,
): Promise<Result> => {
  const secret = randomBytes(32).toString('base64url');
  const tenantId = newTenant();
  const server = await startCollected(bench, {
    name: 'connect-client',
    file: `${dist}/connect-client/index.js`,
    environment: {
      DATABASE_URL: bench.urlOf('postgres'),
      REDIS_URL: bench.urlOf('redis'),
      AUTH_JWT_SECRET: secret,
      ...tokenClaims,
      DRAIN_SECONDS: '1',
    },
  });
  const redis = connectRedis(bench.urlOf('redis'));
  const stream = inboxStream(redis);
  const positions = new Uint32Array(clients);
  const send = (_sockets: OpenSockets, sendings: readonly Sending[]): void => {
    const startedAt = new Date().toISOString();
    const inboxes = sendings.map(({ client, incentiveId }) => {
      const position = (positions[client] ?? 0) + 1;
      positions[client] = position;
      const frame = { position, text: textOf(incentiveId), cause: { startedAt } };
      return { user: { tenantId, userId: userOf(client) }, frames: [frame] };
    });
    void stream.publish(inboxes);
  };
  const open = () => openUsers(server.port, { clients, tenantId, secret });
  try {
    return await measured({ server, open, clients, send }, use);
  } finally {
    redis.disconnect();
  }
};

/** A bare `ws`, which returns each text to its sender. */
export const withEcho = async <Result>(
  bench: Bench,
  clients: number,
  use: Use<Result>,
): Promise<Result> => {
  const [file = ''] = await bundleServers(['ws-echo'], bench.directory);
  const server = await startCollected(bench, { name: 'ws-echo', file });
  const url = `ws://127.0.0.1:${server.port}`;
  const send = (sockets: OpenSockets, sendings: readonly Sending[]): void => {
    sockets.send(
      sendings.map(({ client, incentiveId }) => ({ number: client, text: textOf(incentiveId) })),
    );
  };
  const protocols = Array.from({ length: clients }, () => []);
  const open = () => openSockets({ url, protocols });
  return measured({ server, open, clients, send }, use);
};

/**
 * The functions of a record's path. The other functions of its topic have their own consumer groups
 * and pods, which would take processor time from these.
 */
const services = ['push-notification', 'connect-client', 'store-dead-letter'];

/** Records on `incentive-generated`, which push-notification publishes to connect-client. */
export const withRecords = <Result>(
  bench: Bench,
  clients: number,
  use: (carrier: Carrier) => Promise<Result>,
): Promise<Result> => {
  const tenantId = newTenant();
  const brokers = bench.urlOf('kafka').split(',');
  return withPipeline(bench, { bundles: dist, services }, async (knative) => {
    const port = Number(new URL(knative.url('connect-client')).port);
    const sockets = await openUsers(port, { clients, tenantId, secret: pipelineSecret });
    const publisher = kafkaPublisher({ brokers, clientId: 'bench-push' });
    const send = (_sockets: OpenSockets, sendings: readonly Sending[]): void => {
      void publisher.publish(sendings.map((sending) => generated(tenantId, sending)));
    };
    try {
      return await use({ sockets, clients, send });
    } finally {
      await publisher.close();
      await sockets.close();
    }
  });
};

const generated = (tenantId: string, { client, incentiveId }: Sending) => {
  const time = new Date();
  const own = { tenantId, userId: userOf(client), incentiveId, issuedAt: time.toISOString() };
  return domainEventOf(IncentiveGenerated, {
    cause: [tenantId, incentiveId],
    partitionKey: userOf(client),
    time,
    data: { ...IncentiveGenerated.example, ...own },
  });
};

type Users = Readonly<{ clients: number; tenantId: string; secret: string }>;

const openUsers = async (
  port: number,
  { clients, tenantId, secret }: Users,
): Promise<OpenSockets> => {
  const tokens = Array.from({ length: clients }, (_, client) =>
    issueToken({ secret, tenantId, scopes: ['inbox:read'], subject: userOf(client) }),
  );
  const protocols = (await Promise.all(tokens)).map((token) => ['guerdon.v1', `bearer.${token}`]);
  return openSockets({ url: `ws://127.0.0.1:${port}/ws`, protocols });
};

/** As large as the frame of an incentive. */
const textOf = (incentiveId: string): string =>
  JSON.stringify({ type: 'INCENTIVE_NOTIFICATION', incentiveId, pad: 'x'.repeat(150) });

/** Collects garbage at SIGUSR2, so that the remaining memory is in use. */
const collector = `data:text/javascript,process.on('SIGUSR2',()=>gc({type:'major',flavor:'last-resort'}))`;

type Recipe = Readonly<{ name: string; file: string; environment?: Record<string, string> }>;

const startCollected = (bench: Bench, { file, ...recipe }: Recipe): Promise<BenchServer> =>
  bench.start({ ...recipe, node: ['--expose-gc', '--import', collector, file] });

/** The memory of a server once it no longer shrinks. */
const settledMb = async ({ pid, usage }: BenchServer): Promise<number> => {
  let { rssMb } = await usage();
  for (let attempt = 0; attempt < 10; attempt += 1) {
    process.kill(pid, 'SIGUSR2');
    await sleep(200);
    const next = (await usage()).rssMb;
    if (next > rssMb - 0.5) return next;
    rssMb = next;
  }
  return rssMb;
};

type Parts = Pick<Carrier, 'clients' | 'send'> &
  Readonly<{ server: BenchServer; open: () => Promise<OpenSockets> }>;

const measured = async <Result>(
  { server, open, clients, send }: Parts,
  use: Use<Result>,
): Promise<Result> => {
  const before = await settledMb(server);
  const sockets = await open();
  try {
    const mbPerThousand = (((await settledMb(server)) - before) * 1_000) / clients;
    return await use({ sockets, clients, send, mbPerThousand });
  } finally {
    await sockets.close();
    await server.stop();
  }
};
