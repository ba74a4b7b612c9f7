import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LocalKnative } from '#scripts/knative/local-knative.ts';
import { startKnative } from '#scripts/knative/start-knative.ts';
import type { Report } from '#scripts/services/progress.ts';
import { type Services, startServices } from '#scripts/services/start-services.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { buildFunctions } from '../build.ts';
import { allScopes, issueToken, tokenClaims } from './issue-token.ts';

/**
 * All of Guerdon on this machine: the services, the functions and the sources that deliver to them.
 */
export type Platform = Readonly<{
  services: Services;
  knative: LocalKnative;
  brokers: readonly string[];
  /** The folder of the functions' logs: `<logs>/<service>.log`. */
  logs: string;
  /** A token for the tenant `default` with all scopes. */
  token: string;
  /** Signs a token for any tenant, with all scopes and for a user. */
  tokenFor: (tenantId: string, subject?: string) => Promise<string>;
  stop: () => Promise<void>;
}>;

type Options = Readonly<{
  /** Name of the run: its state is in `.guerdon/<name>`. */
  name: string;
  /** Starts from nothing and leaves nothing behind but its logs. */
  temporary: boolean;
  /** Whether Postgres syncs commits to disk, as in a deployment. */
  isDurable?: boolean;
  report: Report;
  /** Addresses at which the functions find the services, instead of the services' own. */
  addressesFor?: (services: Services) => Promise<ServiceAddresses>;
}> &
  Pick<
    Parameters<typeof startKnative>[0],
    'dispatchers' | 'scaleToZero' | 'timeFactor' | 'services' | 'pods'
  >;

/** The variables of the functions for these services. */
type ServiceAddresses = Readonly<Record<'DATABASE_URL' | 'REDIS_URL' | 'KAFKA_BROKERS', string>>;

const ownAddresses = ({ postgres, redis, kafka }: Services): Promise<ServiceAddresses> =>
  Promise.resolve({
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    KAFKA_BROKERS: kafka.url,
  });

const root = resolve(import.meta.dirname, '../..');
const need = ['postgres', 'redis', 'kafka'] as const;

/**
 * Starts the platform from the manifests of the local overlay; resolves once every function is
 * ready.
 */
export const startPlatform = async ({
  name,
  temporary,
  isDurable = true,
  report,
  addressesFor = ownAddresses,
  ...play
}: Options): Promise<Platform> => {
  const directory = `${root}/.guerdon/${name}`;
  const starting = startServices({ directory, need, report, temporary, isDurable });
  const [services] = await Promise.all([starting, buildFunctions()]);
  try {
    await migrate(services.postgres.url);
    const brokers = services.kafka.url.split(',');
    const secret = randomBytes(32).toString('base64url');
    const knative = await startKnative({
      manifests: `${root}/infra/knative/overlays/local`,
      bundles: `${root}/dist`,
      logDirectory: `${directory}/logs`,
      directory: `${directory}/functions`,
      brokers,
      values: {
        ...(await addressesFor(services)),
        AUTH_JWT_SECRET: secret,
        ANALYTICS_LOCATION: await folder(`${directory}/analytics`),
        ...tokenClaims,
      },
      report,
      ...play,
    });
    const tokenFor: Platform['tokenFor'] = (tenantId, subject) =>
      issueToken({ secret, tenantId, subject, scopes: allScopes });
    return {
      services,
      knative,
      brokers,
      logs: `${directory}/logs`,
      token: await tokenFor('default'),
      tokenFor,
      stop: async () => {
        await knative.stop();
        await services.stop();
      },
    };
  } catch (error) {
    await services.stop();
    throw error;
  }
};

const folder = async (path: string): Promise<string> => {
  await mkdir(path, { recursive: true });
  return path;
};
