import { describe, expect, it } from 'vitest';
import { ActionPerformed } from '#shared/eventing/contracts/tenant-events.ts';
import { generateActions } from './generate-actions.ts';

const options = {
  seed: 7,
  tenantId: 'festival',
  records: 1_000,
  users: 50,
  firstAt: new Date('2026-10-31T00:00:00Z'),
  spanMs: 86_400_000,
  refusable: 14,
};

describe('generateActions', () => {
  it('makes the same records for the same seed, and others for another', () => {
    expect(generateActions(options)).toEqual(generateActions(options));
    expect(generateActions(options)).not.toEqual(generateActions({ ...options, seed: 8 }));
  });

  it('makes as many as requested, of every kind', () => {
    const records = generateActions(options);
    const byKind = Object.groupBy(records, ({ kind }) => kind);
    expect(records).toHaveLength(1_000);
    expect(byKind.refusable).toHaveLength(14);
    expect(byKind.duplicate?.length).toBeGreaterThan(5);
    expect(new Set(byKind.refusable?.map(({ defect }) => defect)).size).toBe(7);
  });

  it('writes actions that fit the contract, not in the order in which they happened', () => {
    const times = generateActions(options)
      .filter(({ kind }) => kind === 'order')
      .map(({ value }) => ActionPerformed.schema.parse(JSON.parse(String(value))).occurredAt);
    expect(times).not.toEqual(times.toSorted((one, other) => Number(one) - Number(other)));
  });
});
