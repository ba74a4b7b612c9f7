import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import captures from './captures/debezium.json' with { type: 'json' };
import { loggedDay, rowChange } from './row-change.ts';

const change = rowChange(z.object({ incentive_id: z.string(), day: loggedDay }));
const captured = captures.filter(({ topic }) => topic === 'db.incentives');
const parsed = captured.map(({ value }) => change.parse(value ?? undefined));

describe('a change that Debezium captured', () => {
  it('is an insert, an update, a deletion and its tombstone', () => {
    expect(parsed.map((own) => own?.op)).toEqual(['c', 'u', 'd', undefined]);
  });

  it('has the row after it, with days without an offset, and its place in the log', () => {
    const incentiveId = captured[0]?.key.incentive_id;
    expect(parsed[0]?.after).toEqual({ incentive_id: incentiveId, day: '2026-11-22' });
    expect(parsed[2]?.after).toBeNull();
    const positions = parsed.flatMap((own) => own?.source.lsn ?? []);
    expect(positions).toEqual(positions.toSorted((one, other) => one - other));
  });

  it('is refused where it is none: truncations, logical messages, other JSON', () => {
    const [insert] = captured;
    for (const op of ['t', 'm', undefined])
      expect(change.safeParse({ ...insert?.value, op }).success).toBe(false);
    expect(change.safeParse({ incentive_id: 'i' }).error?.issues[0]?.message).toBe(
      'must be c, u, r or d',
    );
  });

  it('may have unknown fields', () => {
    const [insert] = captured;
    expect(change.parse({ ...insert?.value, later: { version: 9 } })).toEqual(parsed[0]);
  });
});
