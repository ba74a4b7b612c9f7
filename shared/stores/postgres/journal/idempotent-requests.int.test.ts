import { afterAll, describe, expect, it } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import type { RequestClaim } from '#shared/domain/idempotency/request-claim.ts';
import type { IdempotencyStore } from '#shared/runtime/http/requests/idempotency.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from '../driver/connect.ts';
import { idempotentRequests } from './idempotent-requests.ts';

const { url } = await testDatabase();
const pools = [connectPostgres({ url, max: 10 }), connectPostgres({ url, max: 10 })] as const;
const [sql] = pools;
afterAll(() => Promise.all(pools.map((pool) => pool.end())));

const requests = idempotentRequests(sql);
/** One for which every claim is already old enough to be taken over. */
const impatient = idempotentRequests(sql, { leaseMs: 0 });
/** One for which every key has already expired. */
const forgetful = idempotentRequests(sql, { keepMs: 0 });

let keys = 0;
/** Each test uses a key of its own. */
const freshRequest = () => ({ tenantId: 'default', subject: 'ann', key: `key-${(keys += 1)}` });

// A body that is replayed byte for byte must survive anything that JSON can contain.
const answer = {
  status: 201,
  headers: { location: '/things/1', 'content-type': 'application/json' },
  body: '{ "b":1,\n"a":"\\u0000 ₹ 😀" }',
};

const claimIdOf = (claim: RequestClaim): string => {
  if (claim.kind !== 'claimed') throw new Error(`Not claimed: ${claim.kind}`);
  return claim.claimId;
};

describe('idempotentRequests', () => {
  it('is a store that the runtime accepts', () => {
    const store: IdempotencyStore = requests;
    expect(store).toBe(requests);
  });

  it('gives a request to one of 20 who claim it at once through two pools', async () => {
    for (let round = 0; round < 10; round += 1) {
      const request = freshRequest();
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          idempotentRequests(pools[index % 2]!).claim(request, 'f'),
        ),
      );
      expect(claims.map(({ kind }) => kind).toSorted()).toEqual([
        'claimed',
        ...Array.from({ length: 19 }, () => 'in-flight'),
      ]);
    }
  });

  it('gives a claim that was left behind to one of those who ask at once', async () => {
    const request = freshRequest();
    const first = claimIdOf(await requests.claim(request, 'f'));
    await sql`
      update idempotent_requests set claimed_at = now() - interval '61 s' where key = ${request.key}`;
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        idempotentRequests(pools[index % 2]!).claim(request, 'f'),
      ),
    );
    const taken = claims.filter(({ kind }) => kind === 'claimed');
    expect(taken).toHaveLength(1);
    expect(claimIdOf(taken[0]!)).not.toBe(first);
  });

  it('gives the recorded answer back as it was', async () => {
    const request = freshRequest();
    await requests.complete(request, claimIdOf(await requests.claim(request, 'f')), answer);
    expect(await requests.claim(request, 'f')).toEqual({ kind: 'answered', answer });
    expect(await impatient.claim(request, 'f')).toEqual({ kind: 'answered', answer });
  });

  it('records an answer without a body', async () => {
    const request = freshRequest();
    const empty = { status: 204, headers: {}, body: '' };
    await requests.complete(request, claimIdOf(await requests.claim(request, 'f')), empty);
    expect(await requests.claim(request, 'f')).toEqual({ kind: 'answered', answer: empty });
  });

  it('keeps a key for its request, in progress, left behind or answered', async () => {
    const request = freshRequest();
    const claimId = claimIdOf(await requests.claim(request, 'f'));
    expect(await requests.claim(request, 'other')).toEqual({ kind: 'reused' });
    expect(await impatient.claim(request, 'other')).toEqual({ kind: 'reused' });
    await requests.complete(request, claimId, answer);
    expect(await requests.claim(request, 'other')).toEqual({ kind: 'reused' });
  });

  it('keeps the keys of tenants and subjects apart', async () => {
    const request = freshRequest();
    const theirs = [
      { ...request, tenantId: 'other' },
      { ...request, subject: 'bob' },
    ];
    await requests.claim(request, 'f');
    for (const one of theirs)
      expect(await requests.claim(one, 'g')).toMatchObject({ kind: 'claimed' });
  });

  it('frees a key whose claim is released', async () => {
    const request = freshRequest();
    await requests.release(request, claimIdOf(await requests.claim(request, 'f')));
    expect(await requests.claim(request, 'other')).toMatchObject({ kind: 'claimed' });
  });

  it('does not release what is answered', async () => {
    const request = freshRequest();
    const claimId = claimIdOf(await requests.claim(request, 'f'));
    await requests.complete(request, claimId, answer);
    await requests.release(request, claimId);
    expect(await requests.claim(request, 'f')).toEqual({ kind: 'answered', answer });
  });

  it('accepts nothing from a request that lost the claim, and everything from the one that has it', async () => {
    const request = freshRequest();
    const lost = claimIdOf(await requests.claim(request, 'f'));
    const standing = claimIdOf(await impatient.claim(request, 'f'));
    await requests.complete(request, lost, { ...answer, body: 'lost' });
    await requests.release(request, lost);
    expect(await requests.claim(request, 'f')).toEqual({ kind: 'in-flight' });
    await requests.complete(request, standing, answer);
    expect(await requests.claim(request, 'f')).toEqual({ kind: 'answered', answer });
  });

  it('accepts an old key for another request', async () => {
    const request = freshRequest();
    await requests.complete(request, claimIdOf(await requests.claim(request, 'f')), answer);
    expect(await forgetful.claim(request, 'other')).toMatchObject({ kind: 'claimed' });
    expect(await requests.claim(request, 'other')).toEqual({ kind: 'in-flight' });
  });

  it('forgets what is older than a day, and nothing later', async () => {
    const [old, recent] = [freshRequest(), freshRequest()];
    await requests.claim(old, 'f');
    await requests.claim(recent, 'f');
    await sql`update idempotent_requests set claimed_at = now() - interval '25 hours' where key = ${old.key}`;
    expect(await requests.forget()).toBe(1);
    expect(await requests.forget()).toBe(0);
    expect(await requests.claim(old, 'g')).toMatchObject({ kind: 'claimed' });
    expect(await requests.claim(recent, 'f')).toEqual({ kind: 'in-flight' });
  });

  it('forgets in several statements what is too much for one', async () => {
    const old = [freshRequest(), freshRequest(), freshRequest()];
    for (const request of old) await requests.claim(request, 'f');
    const keys = old.map(({ key }) => key);
    await sql`update idempotent_requests set claimed_at = now() - interval '25 hours' where key = any(${keys})`;
    expect(await idempotentRequests(sql, { forgottenAtOnce: 2 }).forget()).toBe(3);
  });

  it('throws Unavailable when Postgres is unavailable', async () => {
    const nowhere = connectPostgres({ url: 'postgres://u:p@127.0.0.1:1/none', max: 1 });
    await expect(idempotentRequests(nowhere).claim(freshRequest(), 'f')).rejects.toThrow(
      Unavailable,
    );
    await nowhere.end();
  });
});
