import { describe, expect, it } from 'vitest';
import { OrderPlaced } from '#shared/eventing/contracts/order-placed.ts';
import type { Tenant } from '#shared/stores/postgres/tenant-store.ts';
import { decideEntry } from './decide-entry.ts';

const tenant: Tenant = {
  tenantId: 'default',
  name: 'Default',
  currency: 'INR',
  timeZone: 'Asia/Kolkata',
  status: 'ACTIVE',
  rules: [
    {
      version: 1,
      currency: 'INR',
      pointsPerStep: 1,
      minorPerStep: 10_000,
      validFrom: new Date('2026-01-01T00:00:00Z'),
    },
  ],
  boards: [],
};
const now = new Date('2026-11-21T12:00:00Z');

const deliver = (fields: object = {}, time = '2026-11-21T10:00:00Z') => ({
  event: {
    id: 'partition:0/offset:7',
    source: '/orders',
    type: 'x',
    time,
    extensions: {},
    data: {},
  },
  data: OrderPlaced.schema.parse({ ...OrderPlaced.example, ...fields }),
});

describe('decideEntry', () => {
  it('books an order as an EARN under its order id, with what brought it', () => {
    expect(decideEntry(deliver(), tenant, now)).toMatchObject({
      kind: 'EARN',
      causeId: 'o-500017',
      orderId: 'o-500017',
      customerId: 'c-1007',
      points: 12,
      ruleVersion: 1,
      counterAccount: 'issued',
      cause: '/orders partition:0/offset:7',
      occurredAt: new Date('2026-11-21T10:15:00Z'),
    });
  });

  it('gives the same order the same lot, and the same order id of another tenant another', () => {
    const lotOf = (fields: object) =>
      (decideEntry(deliver(fields), tenant, now) as { lotId: string }).lotId;
    expect(lotOf({})).toBe(lotOf({ amount: '7.00' }));
    expect(lotOf({})).not.toBe(lotOf({ tenantId: 'acme' }));
  });

  it('takes the time that the order says, else that of its event, else now', () => {
    const timeOf = (fields: object, time?: string) => {
      const delivery = deliver(fields);
      return decideEntry({ ...delivery, event: { ...delivery.event, time } }, tenant, now);
    };
    const unsaid = { placedAt: undefined };
    expect(timeOf({}, '2026-11-21T10:00:00Z')).toMatchObject({
      occurredAt: new Date('2026-11-21T10:15:00Z'),
    });
    expect(timeOf(unsaid, '2026-11-21T10:00:00Z')).toMatchObject({
      occurredAt: new Date('2026-11-21T10:00:00Z'),
    });
    expect(timeOf(unsaid)).toMatchObject({ occurredAt: now });
  });

  it.each([
    ['of no tenant', {}, undefined, 'unknown-tenant'],
    ['of a suspended tenant', {}, { ...tenant, status: 'SUSPENDED' as const }, 'unknown-tenant'],
    ['in another currency', { currency: 'USD' }, tenant, 'wrong-currency'],
    ['from before the first rule', { placedAt: '2025-12-31T23:59:59Z' }, tenant, 'no-rule'],
  ])('refuses an order %s', (_what, fields, whose, code) => {
    expect(decideEntry(deliver(fields), whose, now)).toMatchObject({ name: 'InvalidEvent', code });
  });

  it('refuses a time that is no instant', () => {
    const entry = decideEntry(deliver({ placedAt: undefined }, 'noon'), tenant, now);
    expect(entry).toMatchObject({ code: 'invalid-time' });
  });
});
