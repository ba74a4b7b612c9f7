import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { buildFunctions } from '#scripts/build.ts';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { bundleServers } from './bundle.ts';
import type { Bench } from './row.ts';
import type { BenchServer } from './server.ts';

/** An API, a token for it, and a server without auth to compare it with. */
export type ApiServers = Readonly<{ api: BenchServer; bare: BenchServer; token: string }>;

type Started = Readonly<{ name: string; environment?: Readonly<Record<string, string>> }>;

type Wanted = Readonly<{
  tenantId: string;
  scopes: readonly string[];
  /** The name of one of our functions. */
  api: Started;
  /** A file of bench/servers. */
  bare: Started;
}>;

/** Starts both on the same Redis. */
export const startApiServers = async (
  { directory, start, urlOf }: Bench,
  { tenantId, scopes, api, bare }: Wanted,
): Promise<ApiServers> => {
  await buildFunctions();
  const [bundle = ''] = await bundleServers([bare.name], directory);
  const secret = randomBytes(32).toString('base64url');
  const redis = { REDIS_URL: urlOf('redis') };
  return {
    token: await issueToken({ secret, tenantId, scopes }),
    api: await start({
      name: api.name,
      node: [resolve(import.meta.dirname, `../../../dist/${api.name}/index.js`)],
      environment: { ...redis, ...api.environment, ...tokenClaims, AUTH_JWT_SECRET: secret },
    }),
    bare: await start({
      name: bare.name,
      node: [bundle],
      environment: { ...redis, ...bare.environment },
    }),
  };
};
