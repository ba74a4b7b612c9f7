import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateOrders } from './generate-orders.ts';

const options = { seed: 7, records: 20_000, customers: 5_000, refusable: 40 };
const records = [...generateOrders(options)];
const fingerprint = (seed: number) => {
  const hash = createHash('sha256');
  for (const { key, kind, value } of generateOrders({ ...options, seed }))
    hash.update(`${key} ${kind} ${String(value)}\n`);
  return hash.digest('hex');
};
const ofKind = (kind: string) => records.filter((record) => record.kind === kind);

describe('generateOrders', () => {
  it('makes the same records from the same seed and others from another', () => {
    expect(fingerprint(7)).toBe(fingerprint(7));
    expect(fingerprint(8)).not.toBe(fingerprint(7));
  });

  it('makes the numbers it was asked for', () => {
    expect(records).toHaveLength(20_000);
    expect(ofKind('refusable')).toHaveLength(40);
    expect(ofKind('duplicate').length).toBeGreaterThan(150);
    expect(ofKind('duplicate').length).toBeLessThan(250);
  });

  it('breaks records in every way it knows', () => {
    expect(new Set(ofKind('refusable').map(({ defect }) => defect)).size).toBe(14);
  });

  it('repeats only orders that came before', () => {
    const seen = new Set<string>();
    for (const { kind, value } of records) {
      if (kind === 'order') seen.add(String(value));
      if (kind === 'duplicate') expect(seen.has(String(value))).toBe(true);
    }
  });

  it('has a few customers who order often', () => {
    const counts = Map.groupBy(ofKind('order'), ({ key }) => key);
    const most = counts.get('c-00001')?.length ?? 0;
    expect(most).toBeGreaterThan(20 * (ofKind('order').length / 5_000));
  });
});
