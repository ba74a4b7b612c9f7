import { type Platform, startPlatform } from '#scripts/platform/start-platform.ts';
import type { Report } from '#scripts/services/progress.ts';
import type { Service } from '#scripts/services/service.ts';
import { kafkaProxy } from '#shared/testing/servers/kafka-proxy.ts';
import { type TcpProxy, tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';

/** The networks between the functions and the services. */
type Networks = Readonly<Record<'kafka' | 'postgres' | 'redis', TcpProxy>>;

/**
 * A platform whose functions reach each service through a proxy; the dispatcher and the tests use
 * the services directly.
 */
export type ProxiedPlatform = Platform & Readonly<{ networks: Networks }>;

type Options = Readonly<{ name: string; report: Report }> &
  Pick<Parameters<typeof startPlatform>[0], 'timeFactor' | 'services'>;

const proxyBefore = async ({
  url,
}: Service): Promise<Readonly<{ proxy: TcpProxy; url: string }>> => {
  const address = new URL(url);
  const proxy = await tcpProxy({ host: address.hostname, port: Number(address.port) });
  address.port = String(proxy.port);
  return { proxy, url: address.href };
};

/** Starts a platform of its own with a proxy before each service; `stop` ends them all. */
export const startProxiedPlatform = async (options: Options): Promise<ProxiedPlatform> => {
  const proxies: Partial<Record<keyof Networks, TcpProxy>> = {};
  const platform = await startPlatform({
    ...options,
    temporary: true,
    // A killed server loses nothing that it has written to the operating system.
    isDurable: false,
    addressesFor: async ({ postgres, redis, kafka }) => {
      const [database, cache] = [await proxyBefore(postgres), await proxyBefore(redis)];
      const log = await kafkaProxy(kafka.url);
      Object.assign(proxies, { kafka: log, postgres: database.proxy, redis: cache.proxy });
      return { DATABASE_URL: database.url, REDIS_URL: cache.url, KAFKA_BROKERS: log.broker };
    },
  });
  const networks = proxies as Networks;
  return {
    ...platform,
    networks,
    stop: async () => {
      await platform.stop();
      await Promise.all(Object.values(networks).map((proxy) => proxy.close()));
    },
  };
};
