import { describe, expect, it } from 'vitest';
import { emptyState } from '#shared/domain/earning/earning-state.ts';
import { PointsExpired, PointsReleased } from '#shared/eventing/contracts/points-events.ts';
import { TierChanged, TierDowngradeAhead } from '#shared/eventing/contracts/tiers.ts';
import { tierLadder } from '#shared/testing/worlds/earning.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { lotEvents, tierEvents } from './events.ts';

const at = new Date('2027-01-01T00:00:00Z');
const lot = { ...earnEntry(), occurredAt: at, causeId: 'lot@7' };

describe('lotEvents', () => {
  it('has an event per closed lot, with what settled a debt and what expired', () => {
    const debt = { ...lot, kind: 'ADJUST', causeId: 'lot@7 to', points: 4 } as const;
    const [domainEvent, ...others] = lotEvents([debt, { ...lot, kind: 'EXPIRE', points: -6 }]);
    expect(others).toEqual([]);
    expect(domainEvent).toMatchObject({
      partitionKey: 'c-1',
      time: at,
      data: { points: 6, settled: 4 },
    });
    expect(PointsExpired.schema.safeParse(domainEvent?.data).error).toBeUndefined();
  });

  it('has an event per released lot, of which null is the expiry of points that never expire', () => {
    const [domainEvent] = lotEvents([{ ...lot, kind: 'RELEASE', expiresAt: undefined }]);
    expect(domainEvent).toMatchObject({ data: { expiresAt: null } });
    expect(PointsReleased.schema.safeParse(domainEvent?.data).error).toBeUndefined();
  });
});

describe('tierEvents', () => {
  const wallet = { tenantId: 'default', customerId: 'c-1', program: 'points' };
  const record = { tier: 'Gold', fallsAt: at, notifiedOf: undefined };
  const locked = { ...wallet, ...record, state: emptyState, grants: [] };

  it('has an event for a change and for a downgrade ahead', () => {
    const ladder = tierLadder({ metric: 'spend' });
    const [changed, ahead] = tierEvents(locked, {
      change: { to: undefined, since: at, on: '2027-01-01' },
      fall: { from: 'Gold', to: undefined, fallsAt: at, ladder, metric: 0, missing: 300, at },
    });
    expect(changed).toMatchObject({ data: { from: 'Gold', to: null, cause: '2027-01-01' } });
    expect(TierChanged.schema.safeParse(changed?.data).error).toBeUndefined();
    expect(ahead).toMatchObject({ data: { from: 'Gold', to: null, currency: 'INR' } });
    expect(TierDowngradeAhead.schema.safeParse(ahead?.data).error).toBeUndefined();
  });
});
