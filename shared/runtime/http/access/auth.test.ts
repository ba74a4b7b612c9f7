import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.ts';
import { type HttpProblem, toProblem } from '../problem.ts';
import { authenticator, authShape } from './auth.ts';

const secret = 'a secret of at least thirty-two characters';
const configure = (variables: Record<string, string>) =>
  authenticator(readConfig(authShape, variables));
const authenticate = configure({ AUTH_JWT_SECRET: secret });

const sign = (claims: object = {}, { alg = 'HS256', key = secret, exp = '1h' } = {}) => {
  const token = new SignJWT({
    tenant: 'acme',
    scope: 'leaderboard:read points:read',
    iss: 'guerdon',
    aud: 'guerdon',
    sub: 'till-7',
    ...claims,
  });
  if (exp !== '') token.setExpirationTime(exp);
  return token.setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
};
const requestWith = (authorization?: string) =>
  ({ headers: { authorization } }) as unknown as IncomingMessage;
const codeOf = (token: string | undefined) =>
  authenticate(requestWith(token)).then(
    () => 'accepted',
    (error: unknown) => (error as HttpProblem).code,
  );

describe('authenticator', () => {
  it('recognizes a caller by a valid token, also the second time', async () => {
    const token = `Bearer ${await sign()}`;
    for (const _time of [1, 2]) {
      expect(await authenticate(requestWith(token))).toEqual({
        tenantId: 'acme',
        subject: 'till-7',
        scopes: new Set(['leaderboard:read', 'points:read']),
        unrestricted: false,
        expiresAt: expect.any(Date) as Date,
      });
    }
  });

  it.each<[string, Promise<string>, string]>([
    ['has expired', sign({}, { exp: '-1h' }), 'token-expired'],
    ['never expires', sign({}, { exp: '' }), 'token-invalid'],
    ['is signed with another secret', sign({}, { key: `${secret}!` }), 'token-invalid'],
    ['is signed with another algorithm', sign({}, { alg: 'HS512' }), 'token-invalid'],
    ['is of another issuer', sign({ iss: 'else' }), 'token-invalid'],
    ['is for another audience', sign({ aud: 'else' }), 'token-invalid'],
    ['begins in an hour', sign({ nbf: Date.now() / 1000 + 3600 }), 'token-invalid'],
    ['names no tenant', sign({ tenant: undefined }), 'token-invalid'],
    ['names a tenant with U+0000', sign({ tenant: 'a\0' }), 'token-invalid'],
    ['names no subject', sign({ sub: undefined }), 'subject-missing'],
    ['names an empty subject', sign({ sub: '' }), 'subject-missing'],
    ['names a subject with U+0000', sign({ sub: 'a\0' }), 'token-invalid'],
    ['names a subject with a lone surrogate', sign({ sub: '\ud800' }), 'token-invalid'],
    [
      'is not signed',
      Promise.resolve('eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJhY21lIn0.'),
      'token-invalid',
    ],
    ['is no token', Promise.resolve('abc'), 'token-invalid'],
  ])('refuses a token that %s', async (_what, token, code) => {
    expect(await codeOf(`Bearer ${await token}`)).toBe(code);
  });

  it.each([undefined, '', 'Bearer', 'Bearer a b', 'Basic abc'])(
    'refuses the header %j',
    async (header) => {
      expect(await codeOf(header)).toBe('token-missing');
    },
  );

  it('accepts every caller as the tenant that they name only where that is allowed', async () => {
    const open = configure({ AUTH_MODE: 'off' });
    const request = { headers: { 'x-tenant-id': 'acme' } } as unknown as IncomingMessage;
    expect(await open(request)).toMatchObject({ tenantId: 'acme', unrestricted: true });
    expect(() => configure({ AUTH_MODE: 'off', NODE_ENV: 'production' })).toThrow(
      'refused in production',
    );
  });

  it('does not start without a key, or with a short one', () => {
    expect(() => configure({})).toThrow('AUTH_JWT_SECRET or AUTH_JWKS_URL');
    expect(() => configure({ AUTH_JWT_SECRET: 'short' })).toThrow(
      'AUTH_JWT_SECRET: must have at least 32 characters',
    );
  });
});

describe('authenticator, given the keys of an identity provider', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] });
  const tokenWith = (kid: string) =>
    new SignJWT({ tenant: 'acme', scope: '' })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setSubject('till-7')
      .setIssuer('guerdon')
      .setAudience('guerdon')
      .setExpirationTime('1h')
      .sign(privateKey);

  let status = 200;
  let text = keySet;
  const provider = createServer((_request, response) => response.writeHead(status).end(text));
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  afterAll(() => provider.close());
  const providerUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;

  const answerTo = async (url: string, kid = 'k') => {
    const check = configure({ AUTH_JWKS_URL: url });
    const answer = check(requestWith(`Bearer ${await tokenWith(kid)}`));
    return answer.then(
      () => 'accepted',
      (error: unknown) => `${toProblem(error).status} ${toProblem(error).code}`,
    );
  };

  it.each<[string, number, string]>([
    ['fails', 503, 'down'],
    ['sends a page that is no key set', 200, '<html>'],
    ['sends JSON that is no key set', 200, '{"keys":1}'],
  ])('answers 503 while the provider %s', async (_what, newStatus, newText) => {
    [status, text] = [newStatus, newText];
    expect(await answerTo(providerUrl)).toBe('503 keys-unavailable');
  });

  it('answers 503 while the provider refuses connections', async () => {
    expect(await answerTo('http://127.0.0.1:1/jwks')).toBe('503 keys-unavailable');
  });

  it('accepts what it has the key for, and refuses with 401 what it has none for', async () => {
    [status, text] = [200, keySet];
    expect(await answerTo(providerUrl)).toBe('accepted');
    expect(await answerTo(providerUrl, 'other')).toBe('401 token-invalid');
  });
});
