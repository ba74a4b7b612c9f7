import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { Unavailable } from '#shared/domain/errors.ts';
import { text } from '#shared/eventing/contracts/fields.ts';
import { HttpProblem } from '../problem.ts';

/** The caller, according to their token. */
export type Caller = Readonly<{
  tenantId: string;
  subject: string;
  scopes: ReadonlySet<string>;
  /** Not bound to scopes or tenant: only with AUTH_MODE=off, never by a token. */
  unrestricted: boolean;
  /** When the token expires; absent without one. A connection that outlives a request ends then. */
  expiresAt?: Date;
}>;

/**
 * Authenticates the caller.
 * @throws HttpProblem 401 when there is no valid token, 403 when it names no subject; Unavailable
 * when the keys to check it cannot be fetched.
 */
export type Authenticate = (request: Pick<IncomingMessage, 'headers'>) => Promise<Caller>;

/** The variables of every HTTP function. */
export const authShape = {
  AUTH_MODE: z.enum(['jwt', 'off']).default('jwt'),
  /** Shared secret for HS256, at least 32 characters; or give AUTH_JWKS_URL. */
  AUTH_JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  AUTH_JWKS_URL: z.url().optional(),
  AUTH_ISSUER: z.string().default('guerdon'),
  AUTH_AUDIENCE: z.string().default('guerdon'),
  NODE_ENV: z.string().optional(),
};

type AuthConfig = z.output<z.ZodObject<typeof authShape>>;

/**
 * Verified tokens in memory, so that a signature is checked once per token and not once per
 * request.
 */
const tokensMax = 10_000;

const clockToleranceSeconds = 5;

/**
 * Reads how callers are authenticated. `AUTH_MODE=off` accepts every caller as the tenant that the
 * request names; it is for local use and refuses to start in production.
 * @throws Error when no key is configured, or authentication is off in production.
 */
export const authenticator = (config: AuthConfig): Authenticate => {
  if (config.AUTH_MODE === 'off') {
    if (config.NODE_ENV === 'production') throw new Error('AUTH_MODE=off is refused in production');
    return (request) => Promise.resolve(anyone(request));
  }
  const verify = createVerifier(config);
  const known = new LRUCache<string, Caller>({ max: tokensMax });
  return async (request) => {
    const token = bearerToken(request);
    const digest = createHash('sha256').update(token).digest('base64');
    const remembered = known.get(digest);
    if (remembered !== undefined) return remembered;
    const caller = await verify(token);
    known.set(digest, caller, { ttl: Math.max(1, caller.expiresAt.getTime() - Date.now()) });
    return caller;
  };
};

const anyone = ({ headers }: Pick<IncomingMessage, 'headers'>): Caller => ({
  tenantId: typeof headers['x-tenant-id'] === 'string' ? headers['x-tenant-id'] : 'default',
  subject: 'anyone',
  scopes: new Set(),
  unrestricted: true,
});

const bearerToken = ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
  const match = /^Bearer +([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '');
  if (match?.[1] === undefined) throw unauthorized('token-missing', 'A bearer token is needed');
  return match[1];
};

const claims = z.object({
  tenant: text.min(1),
  sub: text,
  scope: z.string().default(''),
  exp: z.number(),
});

const createVerifier = (config: AuthConfig) => {
  const key = keyOf(config);
  const options = {
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp'],
    // A public key must never be used as a shared secret: each kind of key has its own algorithms.
    algorithms: config.AUTH_JWKS_URL === undefined ? ['HS256'] : ['RS256', 'ES256', 'EdDSA'],
  };
  return async (token: string): Promise<TokenCaller> => {
    try {
      const { payload } = await jwtVerify(token, key, options);
      return toCaller(payload);
    } catch (error) {
      throw describe(error);
    }
  };
};

const keyOf = ({
  AUTH_JWT_SECRET: secret,
  AUTH_JWKS_URL: jwksUrl,
}: AuthConfig): JWTVerifyGetKey => {
  if (jwksUrl !== undefined) return remoteKeys(new URL(jwksUrl));
  if (secret !== undefined) return sharedKey(secret);
  throw new Error('AUTH_MODE=jwt needs AUTH_JWT_SECRET or AUTH_JWKS_URL');
};

/** Imported once: jose would import a secret for each token. */
const sharedKey = (secret: string): JWTVerifyGetKey => {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = new TextEncoder().encode(secret);
  const key = crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
  return () => key;
};

/**
 * The keys of an identity provider. An unreachable key set, or an invalid response, is an outage of
 * the provider and does not make the token invalid; only a key set without the token's key does.
 */
const remoteKeys = (url: URL): JWTVerifyGetKey => {
  const keys = createRemoteJWKSet(url);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      throw new Unavailable('keys', 'The keys could not be fetched', { cause: error });
    }
  };
};

const isAboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;

type TokenCaller = Caller & Readonly<{ expiresAt: Date }>;

const toCaller = (payload: JWTPayload): TokenCaller => {
  if (payload.sub === undefined || payload.sub === '')
    throw new HttpProblem(
      403,
      'subject-missing',
      'The token names no subject: claim sub is missing',
    );
  const { tenant, sub, scope, exp } = claims.parse(payload);
  const scopes = new Set(scope.split(' ').filter((word) => word !== ''));
  const expiresAt = new Date(exp * 1000);
  return { tenantId: tenant, subject: sub, scopes, unrestricted: false, expiresAt };
};

/** Distinguishes an expired token from other invalid ones, and nothing more. */
const describe = (error: unknown): unknown => {
  if (error instanceof errors.JWTExpired)
    return unauthorized('token-expired', 'The token has expired');
  if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
    return unauthorized('token-invalid', 'The token is invalid');
  }
  return error;
};

const unauthorized = (code: string, detail: string): HttpProblem =>
  new HttpProblem(401, code, detail, { 'www-authenticate': 'Bearer realm="guerdon"' });
