import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalKnative } from '#scripts/knative/local-knative.ts';
import type { LocalServer } from '#scripts/services/service.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import type { TcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import type { ProxiedPlatform } from './proxied-platform.ts';

/** A fault that ends. */
export type Strike = Readonly<{ what: string; strike: () => Promise<unknown> }>;

type Random = () => number;

const among = <Value>(values: readonly Value[], random: Random): Value =>
  values[Math.floor(random() * values.length)] as Value;
const between = (random: Random, min: number, max: number): number =>
  Math.round(min + random() * (max - min));

type Maker = (platform: ProxiedPlatform, random: Random) => Strike;

/** A fault of one network, which works again afterwards. */
const spell =
  (what: string, begin: (network: TcpProxy, random: Random) => void): Maker =>
  ({ networks }, random) => {
    const [name, network] = among(Object.entries(networks), random);
    const spellMs = between(random, 300, 3_000);
    const strike = async () => {
      begin(network, random);
      await sleep(spellMs);
      network.restore();
    };
    return { what: `${what} before ${name} for ${spellMs} ms`, strike };
  };

const resets: Maker = ({ networks }, random) => {
  const [name, network] = among(Object.entries(networks), random);
  const pauses = Array.from({ length: between(random, 5, 40) }, () => between(random, 0, 60));
  const strike = async () => {
    network.delay(between(random, 0, 5));
    for (const pauseMs of pauses) {
      await sleep(pauseMs);
      network.reset();
    }
    network.restore();
  };
  return { what: `${pauses.length} resets before ${name}`, strike };
};

/** The first bytes of a Kafka request are its length and its kind; 0 is Produce. */
const isProduce = (request: Buffer): boolean => request.length > 6 && request.readInt16BE(4) === 0;

const lostResponses: Maker = ({ networks }, random) => {
  const [name, network] = among(Object.entries(networks), random);
  const times = between(random, 1, 8);
  const strike = async () => {
    for (let time = 0; time < times; time += 1) {
      network.loseResponse(name === 'kafka' ? isProduce : undefined);
      await sleep(100);
    }
  };
  return { what: `${times} lost responses of ${name}`, strike };
};

const functions = [
  'award-points',
  'evaluate-campaign',
  'check-limit',
  'push-notification',
  'connect-client',
  'reconcile-rewards',
  'store-dead-letter',
  'wallet-api',
] as const;

const kill: Maker = ({ knative }, random) => {
  const name = among(functions, random);
  const strike = () => {
    knative.kill(name, 'SIGKILL');
    return Promise.resolve();
  };
  return { what: `kill -9 of ${name}`, strike };
};

const restart: Maker = ({ knative }, random) => {
  const name = among(functions, random);
  return { what: `restart of ${name}`, strike: () => knative.restart(name) };
};

/** Each of them loses what is in flight. */
const dispatcherStrikes = {
  'kill -9 of the dispatcher': ({ killDispatcher }) => killDispatcher(),
  'SIGTERM of the dispatcher': ({ restartDispatcher }) => restartDispatcher(),
  'a second consumer that comes and goes': async ({ scaleDispatchers }) => {
    await scaleDispatchers(2);
    await scaleDispatchers(1);
  },
} satisfies Record<string, (knative: LocalKnative) => Promise<void>>;

const strikeDispatcher: Maker = ({ knative }, random) => {
  const [what, strike] = among(Object.entries(dispatcherStrikes), random);
  return { what, strike: () => strike(knative) };
};

const terminate: Maker = ({ services }) => ({
  what: 'Postgres drops its connections',
  strike: async () => {
    const sql = connectPostgres({ url: services.postgres.url, max: 1 });
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    await sql.end();
  },
});

const bounce = async (server: LocalServer | undefined): Promise<void> => {
  await server?.kill();
  await server?.start();
};

const killServer: Maker = ({ services }, random) => {
  const name = among(['postgres', 'redis'] as const, random);
  return { what: `kill -9 of ${name}`, strike: () => bounce(services[name].server) };
};

const makers: readonly Maker[] = [
  resets,
  resets,
  lostResponses,
  spell('black hole', (network) => network.blackHole()),
  spell('black hole', (network) => network.blackHole()),
  spell('latency', (network, random) => network.delay(between(random, 2, 50))),
  spell('slow drip', (network, random) => network.drip(between(random, 2_000, 200_000))),
  kill,
  restart,
  strikeDispatcher,
  terminate,
  killServer,
];

/** The faults of a round, one after the other while records are sent. */
export const strikesOf = (platform: ProxiedPlatform, random: Random): readonly Strike[] =>
  Array.from({ length: between(random, 2, 5) }, () => among(makers, random)(platform, random));

/**
 * In one of eight rounds Kafka is killed at the end, when everything is sent, because nothing can
 * be sent without it.
 */
export const kafkaStrikeOf = ({ services }: ProxiedPlatform, random: Random): readonly Strike[] =>
  random() < 1 / 8
    ? [{ what: 'kill -9 of Kafka', strike: () => bounce(services.kafka.server) }]
    : [];
