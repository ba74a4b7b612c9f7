import { describe, expect, it } from 'vitest';
import { problem } from '#shared/testing/api-client.ts';
import { walletUrl, walletWorld } from '#shared/testing/worlds/wallet-world.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const { ask, get, post, reserve, freshCustomer } = await walletWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
describe('refusals', () => {
  const base = walletUrl('c-1');
  it.each([
    ['/redemptions', { points: 0 }, 'body points: must be a whole number from 1 to 1000000000000'],
    ['/redemptions', { points: 1.5 }, 'body points: must be a whole number'],
    ['/redemptions', {}, 'body points: is missing'],
    ['/redemptions', { points: 1, timeoutSeconds: 86_401 }, 'body timeoutSeconds: must be'],
    ['/redemptions', { points: 1, amount: 1 }, 'body: has no field amount'],
    ['/redemptions', { points: 1, reference: 'a\nb' }, 'body reference: must be 1 to 200'],
    ['/redemptions', [], 'body: must be an object'],
    ['/transfers', { points: 1 }, 'body to: is missing'],
    ['/transfers', { points: 1, to: 'a b' }, 'body to: must be 1 to 128 printable ASCII'],
    ['/adjustments', { points: 0, reason: 'r' }, 'body points: must not be 0'],
    ['/adjustments', { points: 1 }, 'body reason: is missing'],
    [
      '/adjustments',
      { points: 1, reason: 'r', expiresAt: '2020-01-01T00:00:00Z' },
      'body expiresAt: must be in the future',
    ],
    [
      '/adjustments',
      { points: -1, reason: 'r', expiresAt: '2999-01-01T00:00:00Z' },
      'body expiresAt: must be omitted when points are debited',
    ],
  ])('%s of %j is refused by the name of the field', async (path, body, words) => {
    expect(await post(base + path, body)).toMatchObject(problem(400, 'invalid-request', words));
  });

  it.each([
    [`${base}/statement?limit=0`, 'limit: must be a whole number from 1 to 1000'],
    [`${base}/statement?cursor=x`, 'cursor: is not a valid cursor'],
    [`${base}/statement?from=yesterday`, 'from: must be an ISO 8601 instant with its offset'],
    [`${base}?at=9999-01-01T00:00:00Z`, 'at: must be from 1970 to 2999'],
    [`${base}/redemptions/r-1`, 'redemptionId: must be the id of a redemption'],
    [walletUrl('c-1', 'Points'), 'program: must be lower-case letters'],
  ])('%s is refused by the name of the parameter', async (path, words) => {
    expect(await get(path)).toMatchObject(problem(400, 'invalid-request', words));
  });

  it.each([
    ['GET', '', 'program-not-found'],
    ['GET', '/lots', 'program-not-found'],
    ['GET', '/statement', 'program-not-found'],
  ])('%s wallets/miles%s is not found', async (method, path, code) => {
    expect(await ask(method, walletUrl('c-1', 'miles') + path)).toMatchObject(problem(404, code));
  });

  it('a suspended tenant and an unknown one have no wallets', async () => {
    for (const tenantId of ['gone', 'nowhere']) {
      const bearer = `${tenantId} shop wallet:read wallet:write`;
      const url = walletUrl('c-1', 'points', tenantId);
      const refusal = problem(404, 'tenant-not-found');
      expect(await ask('GET', url, { bearer })).toMatchObject(refusal);
      expect(await ask('GET', url.replace('/points', ''), { bearer })).toMatchObject(refusal);
      expect(await post(`${url}/redemptions`, { points: 1 }, { bearer })).toMatchObject(refusal);
    }
  });

  it('each operation needs its scope, and a tenant its own token', async () => {
    const refused = async (scope: string, method: string, path: string, body?: object) => {
      const bearer = `acme shop ${scope}`;
      const answer = await ask(method, base + path, { bearer, body });
      expect(answer).toMatchObject(problem(403, 'scope-missing'));
    };
    await refused('wallet:write', 'GET', '');
    await refused('wallet:read wallet:adjust', 'POST', '/redemptions', { points: 1 });
    await refused('wallet:read wallet:write', 'POST', '/adjustments', { points: 1, reason: 'r' });
    const foreign = { bearer: 'other shop wallet:read' };
    expect(await ask('GET', base, foreign)).toMatchObject(problem(403, 'tenant-forbidden'));
  });

  it('a redemption of another customer is not found', async () => {
    const { url } = await freshCustomer(10, 0, 0);
    const { redemptionId } = (await reserve(url, { points: 1 })).body;
    const foreign = `${walletUrl('c-other')}/redemptions/${redemptionId}`;
    const refusal = problem(404, 'redemption-not-found');
    expect(await get(foreign)).toMatchObject(refusal);
    expect(await post(`${foreign}:commit`)).toMatchObject(refusal);
    expect(await ask('POST', `${foreign}:void`)).toMatchObject(refusal);
  });
});
