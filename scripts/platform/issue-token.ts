import { SignJWT } from 'jose';

/** Issuer and audience; the functions get the same. */
export const tokenClaims = { AUTH_ISSUER: 'guerdon-local', AUTH_AUDIENCE: 'guerdon' };

/** All scopes of the HTTP functions. */
export const allScopes: readonly string[] = [
  'leaderboard:read',
  'wallet:read',
  'wallet:write',
  'wallet:adjust',
  'cms:read',
  'cms:write',
  'tenants:create',
  'audit:read',
  'privacy:read',
  'privacy:erase',
  'inbox:read',
];

type Options = Readonly<{
  secret: string;
  tenantId: string;
  scopes: readonly string[];
  hours?: number;
  /** The user, to whom frames of connect-client belong. */
  subject?: string | undefined;
}>;

/**
 * Signs a token that the HTTP functions accept when they know the same secret; for local use and
 * tests.
 */
export const issueToken = ({
  secret,
  tenantId,
  scopes,
  hours = 24,
  subject = 'local',
}: Options): Promise<string> =>
  new SignJWT({ tenant: tenantId, scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuer(tokenClaims.AUTH_ISSUER)
    .setAudience(tokenClaims.AUTH_AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1_000 + hours * 3_600))
    .sign(new TextEncoder().encode(secret));
