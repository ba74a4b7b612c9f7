import { describe, expect, it } from 'vitest';
import { createTenantLoad } from './metrics.ts';

const minuteMs = 60_000;

describe('createTenantLoad', () => {
  const clock = { now: 0 };
  const load = () => createTenantLoad({ clock: () => clock.now, namedMax: 2 });
  const record = (to: ReturnType<typeof load>, tenantId: string, times: number) => {
    for (let time = 0; time < times; time += 1) to.record(tenantId);
  };

  it('names the busiest tenants of the last whole minute, and no more, however many there are', () => {
    const tenants = load();
    record(tenants, 'celebrity', 8_000);
    record(tenants, 'large', 1_200);
    for (let tenant = 0; tenant < 800; tenant += 1) record(tenants, `t-${tenant}`, 1);
    expect(tenants.lastMinute()).toEqual(new Map([['', 0]]));
    clock.now += minuteMs;
    const found = tenants.lastMinute();
    expect([...found.keys()]).toEqual(['celebrity', 'large', '']);
    expect(found.get('celebrity')).toBe(8_000);
    expect(found.values().reduce((sum, events) => sum + events, 0)).toBe(10_000);
  });

  it('names nobody where the load is even', () => {
    const tenants = load();
    for (let tenant = 0; tenant < 20; tenant += 1) record(tenants, `t-${tenant}`, 5);
    clock.now += minuteMs;
    expect(tenants.lastMinute()).toEqual(new Map([['', 100]]));
  });

  it('forgets a minute after the next one, also where nothing arrived', () => {
    const tenants = load();
    record(tenants, 'a', 3);
    clock.now += 2 * minuteMs;
    expect(tenants.lastMinute()).toEqual(new Map([['', 0]]));
  });
});
