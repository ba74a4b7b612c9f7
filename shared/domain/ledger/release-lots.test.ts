import { describe, expect, it } from 'vitest';
import type { Lot } from './lot.ts';
import { releaseLots } from './release-lots.ts';

const now = new Date('2027-01-01T00:00:00Z');
const expiresAt = new Date('2028-01-01T00:00:00Z');
const lotId = '7c9b6a8e-3f5d-5a41-9d0e-2b6f7c1d4e5f';

const release = (fields: Partial<Lot> = {}) => {
  const lot: Lot = {
    lotId,
    account: 'pending',
    points: 10,
    reserved: 0,
    expired: 0,
    availableAt: now,
    ...fields,
  };
  const balance = {
    tenantId: 'default',
    customerId: 'c-1',
    program: 'points',
    points: 0,
    pending: lot.points,
    reserved: 0,
    lifetime: 0,
    version: 7,
    reachedAt: now,
  };
  return releaseLots({ balance, lots: [lot] }, { now, cause: '/test 1' });
};

describe('releaseLots', () => {
  it('makes a lot usable on the millisecond of its date with one entry', () => {
    expect(release({ expiresAt })).toEqual([
      {
        tenantId: 'default',
        customerId: 'c-1',
        program: 'points',
        kind: 'RELEASE',
        causeId: `${lotId}@7`,
        account: 'available',
        points: 10,
        counterAccount: 'pending',
        lotId,
        expiresAt,
        cause: '/test 1',
        occurredAt: now,
      },
    ]);
  });

  it.each([
    ['of a millisecond later', { availableAt: new Date(now.getTime() + 1) }],
    ['that waits for an event', { availableAt: undefined, awaits: 'delivered' }],
    ['that is usable already', { account: 'available' as const }],
    ['that is empty', { points: 0 }],
  ])('leaves a lot alone %s', (_what, fields) => {
    expect(release(fields)).toEqual([]);
  });
});
